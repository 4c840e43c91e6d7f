using System.Diagnostics;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Tests.Processes;

public sealed class ChildStarterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Child_outlives_the_thread_that_asked_for_it()
    {
        Process? child = null;
        var thread = new Thread(() => child = ChildStarter.Start(Redirected("setpriv", "--pdeathsig", "KILL", "cat")));
        thread.Start();
        thread.Join();
        using (child)
        {
            for (var i = 0; i < 3; i++)
            {
                await child!.StandardInput.WriteLineAsync("still here");
                await child.StandardInput.FlushAsync();
                Assert.Equal("still here", await child.StandardOutput.ReadLineAsync().WaitAsync(Limit));

                // Were the thread its parent, it would be dead by now: threads end one after another.
                new Thread(() => { }).Start();
            }

            child!.StandardInput.Close();
            await child.WaitForExitAsync().WaitAsync(Limit);
            Assert.Equal(0, child.ExitCode);
        }
    }

    [Fact]
    public async Task Descriptors_that_we_inherited_are_not_handed_down()
    {
        using var inheritable = new FileStream("/etc/passwd", FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Inheritable);
        using var child = ChildStarter.Start(Redirected("sh", "-c", "ls -l /proc/$$/fd"));
        var listing = await child.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        Assert.Contains(" 0 -> ", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("/etc/passwd", listing, StringComparison.Ordinal);
    }

    [Fact]
    public void Program_that_is_not_there_is_told_of() =>
        Assert.Throws<System.ComponentModel.Win32Exception>(() => ChildStarter.Start(new ProcessStartInfo("/no/such/program")));

    private static ProcessStartInfo Redirected(string program, params string[] arguments) =>
        new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
}
