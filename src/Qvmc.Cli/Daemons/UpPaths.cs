using Qvmc.Cli.Connection;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Cli.Daemons;

/// <summary>Where <c>qvmc up</c> keeps what it has.</summary>
/// <param name="Data">Records, images, disks.</param>
/// <param name="Run">Sockets. Short: a socket's path has at most 104 bytes.</param>
internal sealed record UpPaths(string Data, string Run)
{
    /// <summary>The directories that the command line names, else the user's own (XDG).</summary>
    /// <param name="data">--data; null when not given.</param>
    /// <param name="run">--run; null when not given.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    public static UpPaths Resolve(string? data, string? run, Func<string, string?> environment) => new(
        Path.GetFullPath(data ?? DefaultData(environment)),
        Path.GetFullPath(run ?? ControllerAddress.RunDirectory(environment)));

    /// <summary>Where data lies unless the command line says.</summary>
    public static string DefaultData(Func<string, string?> environment)
    {
        if (environment("XDG_DATA_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg))
        {
            return Path.Combine(xdg, "qvmc");
        }

        return environment("HOME") is { Length: > 0 } home
            ? Path.Combine(home, ".local", "share", "qvmc")
            : throw new FaultException(FaultCode.InvalidArgument, "neither XDG_DATA_HOME nor HOME is set; name a directory with --data");
    }

    /// <summary>Makes both.</summary>
    /// <exception cref="FaultException">One can't be made, or belongs to somebody else.</exception>
    public void Make()
    {
        try
        {
            Directory.CreateDirectory(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!PrivateDirectory.Ensure(Run))
            {
                throw new FaultException(
                    FaultCode.FailedPrecondition,
                    $"{Run} is not a directory that only you may write; sockets in it would not be safe; remove it, or name another with --run");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"can't make {Data} and {Run}: {e.Message}", inner: e);
        }
    }
}
