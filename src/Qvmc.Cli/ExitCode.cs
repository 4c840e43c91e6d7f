using Qvmc.Core.Faults;

namespace Qvmc.Cli;

/// <summary>What the process answers. Part of the interface: scripts decide by it.</summary>
internal static class ExitCode
{
    /// <summary>Done, or already so.</summary>
    public const int Success = 0;

    /// <summary>It failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line, a value in it or a configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>No such thing.</summary>
    public const int NotFound = 3;

    /// <summary>Not in the present state, or somebody else's change came between.</summary>
    public const int Conflict = 4;

    /// <summary>The time ran out; nothing was harmed.</summary>
    public const int Timeout = 5;

    /// <summary>The other side can't be reached.</summary>
    public const int Unreachable = 6;

    /// <summary>Ended by Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Whoever read the output has ended, as in <c>qvmc watch | head -1</c>: 128 + SIGPIPE.</summary>
    public const int NobodyReads = 141;

    // Of several names' results the gravest is the process's: a defect says more than a name that was mistyped.
    private static readonly int[] ByGravity = [Success, NotFound, Conflict, Usage, Timeout, Unreachable, Failure, Interrupted];

    /// <summary>The exit code that a fault ends in.</summary>
    public static int Of(FaultCode code) => code switch
    {
        FaultCode.InvalidArgument => Usage,
        FaultCode.NotFound => NotFound,
        FaultCode.AlreadyExists or FaultCode.FailedPrecondition or FaultCode.Stale => Conflict,
        FaultCode.Timeout => Timeout,
        FaultCode.Unavailable => Unreachable,
        FaultCode.Internal or FaultCode.ResourceExhausted or FaultCode.PermissionDenied or FaultCode.Unsupported => Failure,
    };

    /// <summary>The graver of two.</summary>
    public static int Worse(int left, int right) =>
        Array.IndexOf(ByGravity, left) >= Array.IndexOf(ByGravity, right) ? left : right;
}
