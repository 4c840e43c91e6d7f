using System.Globalization;
using Qvmc.Os.Files;

namespace Qvmc.Cli.Connection;

/// <summary>Where the controller is, when the command line does not say.</summary>
internal static class ControllerAddress
{
    /// <summary>The variable that names it.</summary>
    public const string Variable = "QVMC_ENDPOINT";

    private const string SocketName = "controller.sock";

    // As packaging/systemd and packaging/macos have it.
    private static readonly string SystemSocket = (OperatingSystem.IsMacOS() ? "/usr/local/var/qvmc/run/" : "/run/qvmc/") + SocketName;

    /// <summary>
    /// The environment's; else the user's own socket, if there is one; else the system's. A socket under /tmp counts only in
    /// a directory of our own: anybody could make one there.
    /// </summary>
    /// <param name="option">What the command line says; null when it does not.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    public static string Resolve(string? option, Func<string, string?> environment)
    {
        if (option is not null)
        {
            return option;
        }

        if (environment(Variable) is { Length: > 0 } variable)
        {
            return variable;
        }

        var directory = RunDirectory(environment);
        var socket = Path.Combine(directory, SocketName);
        return PrivateDirectory.Exists(directory) && File.Exists(socket) ? $"unix://{socket}" : $"unix://{SystemSocket}";
    }

    /// <summary>Where the user's own daemons keep their sockets: <c>$XDG_RUNTIME_DIR/qvmc</c>, else <c>/tmp/qvmc-UID</c>.</summary>
    public static string RunDirectory(Func<string, string?> environment) =>
        environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Path.IsPathRooted(runtime)
            ? Path.Combine(runtime, "qvmc")
            : string.Create(CultureInfo.InvariantCulture, $"/tmp/qvmc-{PrivateDirectory.UserId}");
}
