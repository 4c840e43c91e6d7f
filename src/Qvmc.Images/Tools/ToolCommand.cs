using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Images.Tools;

/// <summary>
/// The command that runs a program confined, by util-linux: it dies with us (setpriv), can't gain privileges, and has
/// limits (prlimit). Elsewhere than on Linux it runs as it is.
/// </summary>
internal static class ToolCommand
{
    // It asked to die with its parent, and if that had died before it could ask, it would outlive it: so it looks.
    private const string WhileParentLives = """[ "$PPID" = "$0" ] && exec "$@" """;

    internal static IReadOnlyList<string> Of(string program, IReadOnlyList<string> arguments, ToolLimits limits) => !OperatingSystem.IsLinux()
        ? [program, .. arguments]
        :
        [
            // The kernel forgets who is to die with whom when the user changes: setpriv says it after that.
            Find("setpriv"), .. As(limits.User), "--pdeathsig", "KILL", "--no-new-privs", "--",
            "/bin/sh", "-c", WhileParentLives, $"{Environment.ProcessId}",
            Find("prlimit"), $"--as={limits.AddressSpaceBytes}", "--core=0",
            .. Limit("--cpu", limits.CpuSeconds), .. Limit("--fsize", limits.FileBytes), "--",
            program, .. arguments,
        ];

    private static IEnumerable<string> As(ToolUser? user) => user is null
        ? []
        : [$"--reuid={user.UserId}", $"--regid={user.GroupId}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];

    private static IEnumerable<string> Limit(string name, long? value) => value is null ? [] : [$"{name}={value}"];

    private static string Find(string program) => Executable.Find(program) ?? throw new FaultException(
        FaultCode.FailedPrecondition, $"{program} was not found, and without it programs that read images would not be confined; install it (apt install util-linux)");
}
