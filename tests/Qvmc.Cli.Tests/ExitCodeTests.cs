using Qvmc.Core.Faults;

namespace Qvmc.Cli.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(FaultCode.Internal, 1)]
    [InlineData(FaultCode.InvalidArgument, 2)]
    [InlineData(FaultCode.NotFound, 3)]
    [InlineData(FaultCode.AlreadyExists, 4)]
    [InlineData(FaultCode.FailedPrecondition, 4)]
    [InlineData(FaultCode.Stale, 4)]
    [InlineData(FaultCode.ResourceExhausted, 1)]
    [InlineData(FaultCode.Timeout, 5)]
    [InlineData(FaultCode.Unavailable, 6)]
    [InlineData(FaultCode.PermissionDenied, 1)]
    [InlineData(FaultCode.Unsupported, 1)]
    public void Every_fault_has_one(FaultCode code, int exitCode) => Assert.Equal(exitCode, ExitCode.Of(code));

    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(3, 4, 4)]
    [InlineData(6, 3, 6)]
    [InlineData(1, 6, 1)]
    [InlineData(5, 130, 130)]
    public void The_graver_wins(int left, int right, int worse)
    {
        Assert.Equal(worse, ExitCode.Worse(left, right));
        Assert.Equal(worse, ExitCode.Worse(right, left));
    }
}
