using System.Diagnostics;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Tests.Processes;

public sealed class ProcessSearchTests
{
    [Fact]
    public void FindsAProcessByAnArgumentAsItWasGiven()
    {
        var mark = $"mark {Guid.NewGuid()}";
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read line", mark]) { RedirectStandardInput = true })!;
        try
        {
            Assert.Equal(process.Id, Assert.Single(ProcessSearch.ByArgument(a => a == mark)).Pid);
            Assert.Empty(ProcessSearch.ByArgument(a => a == mark[..^1]));
        }
        finally
        {
            process.Kill();
        }
    }
}
