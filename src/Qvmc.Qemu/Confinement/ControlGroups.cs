using System.Globalization;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Os.Accounts;

namespace Qvmc.Qemu.Confinement;

/// <summary>
/// A control group (cgroups(7), version 2) per machine under one of ours, <c>machine-UID</c>, with bounds that a QEMU in
/// order never meets. What the host does not have is left out, and said once.
/// </summary>
/// <remarks>
/// Ours is at the top and not in the daemon's service: a service whose group has handed controllers to groups within it
/// can't be started again while they are there, and machines stay when the daemon goes.
/// </remarks>
public sealed partial class ControlGroups
{
    private const string Mount = "/sys/fs/cgroup", Ours = "qvmc", Prefix = "machine-", Processes = "cgroup.procs";
    private static readonly string[] Controllers = ["memory", "cpu", "pids"];
    private readonly string _parent;
    private readonly ILogger _log;
    private IReadOnlyList<string>? _controllers;

    private ControlGroups(string parent, ILogger log)
    {
        (_parent, _log) = (parent, log);
    }

    /// <summary>Chooses where.</summary>
    /// <param name="configured">A group, or one to be made in a group that is there; "none"; empty: <c>qvmc</c> at the top, where we are root and the host has version 2.</param>
    /// <param name="log">Where what is left out is said.</param>
    /// <returns>Null: machines get no group.</returns>
    /// <exception cref="FaultException">INVALID_ARGUMENT: there is no such group.</exception>
    public static ControlGroups? Choose(string configured, ILogger log)
    {
        if (configured == "none" || (configured.Length == 0 && !(Account.IsRoot && File.Exists(Path.Combine(Mount, Processes)))))
        {
            return null;
        }

        var parent = configured.Length > 0 ? Path.TrimEndingDirectorySeparator(configured) : Path.Combine(Mount, Ours);
        return IsGroup(parent) || (Path.GetDirectoryName(parent) is { } above && IsGroup(above))
            ? new ControlGroups(parent, log)
            : throw FaultException.Invalid([new FieldFault("cgroup_parent", $"\"{configured}\" is neither a control group of version 2 nor can it be made in one: name one below where they are mounted ({Mount}), or \"none\"")]);
    }

    /// <summary>Puts a machine's process into a group of its own.</summary>
    public void Enter(string uid, int pid, MachineBounds bounds)
    {
        try
        {
            _controllers ??= Prepare();
            var group = Directory.CreateDirectory(Group(uid)).FullName;
            foreach (var (controller, file, value) in bounds.Settings)
            {
                if (_controllers.Contains(controller))
                {
                    Write(Path.Combine(group, file), value);
                }
            }

            Write(Path.Combine(group, Processes), pid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotBounded(uid, e.Message);
        }
    }

    /// <summary>Removes the group of a machine whose process is gone. May be repeated.</summary>
    /// <returns>How many of its processes the kernel killed because it had no memory left.</returns>
    public long Leave(string uid)
    {
        var group = Group(uid);
        var kills = 0L;
        try
        {
            if (Directory.Exists(group))
            {
                kills = OutOfMemoryKills(Path.Combine(group, "memory.events"));
                Directory.Delete(group);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(group, e.Message);
        }

        return kills;
    }

    /// <summary>Removes the groups that have no process: those of machines that ended while nobody looked.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(_parent))
        {
            return;
        }

        foreach (var group in Directory.EnumerateDirectories(_parent, Prefix + "*").Where(g => !File.ReadLines(Path.Combine(g, Processes)).Any()))
        {
            Leave(Path.GetFileName(group)[Prefix.Length..]);
        }
    }

    // A group has the controllers that the one above hands down.
    private List<string> Prepare()
    {
        Directory.CreateDirectory(_parent);
        var above = Path.GetDirectoryName(_parent)!;
        var usable = new List<string>();
        foreach (var controller in Controllers)
        {
            try
            {
                if (!Has(_parent, controller) && Has(above, controller))
                {
                    HandDown(above, controller);
                }

                HandDown(_parent, controller);
                usable.Add(controller);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNoController(controller, _parent, e.Message);
            }
        }

        return usable;
    }

    private static bool IsGroup(string path) => File.Exists(Path.Combine(path, Processes));

    private static bool Has(string group, string controller) => IsGroup(group)
        && File.ReadAllText(Path.Combine(group, "cgroup.controllers")).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Contains(controller);

    private static void HandDown(string group, string controller)
    {
        if (!Has(group, controller))
        {
            throw new IOException("it is not offered there");
        }

        File.WriteAllText(Path.Combine(group, "cgroup.subtree_control"), $"+{controller}");
    }

    private string Group(string uid) => Path.Combine(_parent, Prefix + uid);

    private static long OutOfMemoryKills(string events) => !File.Exists(events)
        ? 0
        : File.ReadLines(events).Select(l => l.Split(' ')).Where(l => l is ["oom_kill", _]).Select(l => long.Parse(l[1], CultureInfo.InvariantCulture)).FirstOrDefault();

    private static void Write(string file, long value) => File.WriteAllText(file, Invariant(value));

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(LogLevel.Warning, "machine {Uid} is not bounded by a control group: {Why}")]
    private partial void LogNotBounded(string uid, string why);

    [LoggerMessage(LogLevel.Warning, "control group {Group} can't be removed: {Why}")]
    private partial void LogNotRemoved(string group, string why);

    [LoggerMessage(LogLevel.Warning, "machines are not bounded in {Controller} by {Parent}: {Why}")]
    private partial void LogNoController(string controller, string parent, string why);
}
