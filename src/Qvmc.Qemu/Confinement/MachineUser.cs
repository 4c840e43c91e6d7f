using System.Diagnostics;
using System.Globalization;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Os.Accounts;
using Qvmc.Os.Files;
using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Confinement;

/// <summary>
/// Who QEMU runs as when the daemon is root. The daemon keeps machines' directories for itself and gives QEMU only what
/// it must open: so what a guest may ever make of its QEMU, it gets at no record, and at nobody's files but those of
/// machines.
/// </summary>
/// <param name="Account">The user, and the group that it is to be in.</param>
public sealed record MachineUser(Account Account)
{
    /// <summary>The package makes a user of this name.</summary>
    public const string DefaultName = "qvmc";

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    /// <summary>For messages: its name, or its number.</summary>
    public string Name => Account.Name.Length > 0 ? Account.Name : Account.UserId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The same for what reads and makes disks.</summary>
    public ToolUser ForTools => new(Account.UserId, Account.GroupId);

    /// <summary>Chooses it.</summary>
    /// <param name="user">As configured; empty: <see cref="DefaultName"/> where there is one.</param>
    /// <param name="group">As configured; empty: the user's own.</param>
    /// <returns>Null: QEMU runs as the daemon.</returns>
    /// <exception cref="FaultException">INVALID_ARGUMENT: there is no such user or group, or the daemon can't become it.</exception>
    public static MachineUser? Choose(string user, string group) => Choose(user, group, OperatingSystem.IsLinux());

    /// <summary>The same, of a host that is told.</summary>
    internal static MachineUser? Choose(string user, string group, bool onLinux)
    {
        if (!onLinux)
        {
            return user.Length + group.Length == 0
                ? null
                : throw Fault(user.Length > 0 ? "machine_user" : "machine_group", "works on Linux only, by setpriv: leave it out; QEMU runs as the daemon does");
        }

        if (!Account.IsRoot)
        {
            return user.Length + group.Length == 0
                ? null
                : throw Fault(user.Length > 0 ? "machine_user" : "machine_group", "only root can start programs as another user, and this daemon is not root: leave it out, or start the daemon as root");
        }

        if (user.Length == 0)
        {
            return group.Length > 0
                ? throw Fault("machine_group", "is the group of machine_user: name that too")
                : Account.FindUser(DefaultName) is { } found ? new MachineUser(found) : null;
        }

        var account = Account.FindUser(user) ?? throw Fault("machine_user", $"this host has no user \"{user}\"");
        if (group.Length > 0)
        {
            account = account with { GroupId = Account.FindGroup(group) ?? throw Fault("machine_group", $"this host has no group \"{group}\"") };
        }

        return account.UserId == 0
            ? throw Fault("machine_user", "root would give guests that break out of QEMU the host; name another user, or leave it out to run QEMU as the daemon")
            : new MachineUser(account);
    }

    /// <summary>
    /// The command that runs a program as this user: by setpriv, which becomes the program, so that the process is the
    /// same. It keeps no privilege and can't gain one.
    /// </summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: there is no setpriv.</exception>
    public IReadOnlyList<string> Command(string program, IEnumerable<string> arguments) =>
    [
        Executable.Find("setpriv") ?? throw new FaultException(
            FaultCode.FailedPrecondition, $"setpriv was not found, and without it QEMU can't run as {Name}; install it (apt install util-linux)"),
        $"--reuid={Account.UserId}", $"--regid={Account.GroupId}",

        // Further groups, such as kvm, belong to a name.
        Account.Name.Length > 0 ? "--init-groups" : "--clear-groups",
        "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--", program, .. arguments,
    ];

    /// <summary>Gives it a file to read and write.</summary>
    public void Give(string path)
    {
        File.SetUnixFileMode(path, Owner);
        FileOwner.Change(path, Account.UserId, Account.GroupId);
    }

    /// <summary>Lets it read a file that stays root's.</summary>
    public void Lend(string path)
    {
        FileOwner.Change(path, 0, Account.GroupId);
        File.SetUnixFileMode(path, Owner | UnixFileMode.GroupRead);
    }

    /// <summary>Lets it open what it knows the name of in a directory that stays root's; one that everybody may enter stays as it is.</summary>
    public void Admit(string directory)
    {
        var mode = File.GetUnixFileMode(directory);
        if (!mode.HasFlag(UnixFileMode.OtherExecute))
        {
            FileOwner.Change(directory, 0, Account.GroupId);
            File.SetUnixFileMode(directory, mode | UnixFileMode.GroupExecute);
        }
    }

    /// <summary>Whether it may read and write a file such as <c>/dev/kvm</c>.</summary>
    public bool MayUse(string path)
    {
        var command = Command("/bin/sh", ["-c", """[ -r "$0" ] && [ -w "$0" ]""", path]);
        using var look = ChildStarter.Start(new ProcessStartInfo(command[0], command.Skip(1)));
        if (look.WaitForExit(LookLimit))
        {
            return look.ExitCode == 0;
        }

        look.Kill();
        return false;
    }

    private static FaultException Fault(string field, string message) =>
        new(FaultCode.InvalidArgument, $"{field}: {message}", [new FieldFault(field, message)]);
}
