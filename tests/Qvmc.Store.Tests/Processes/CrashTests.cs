using System.Diagnostics;
using System.Globalization;
using Qvmc.Core.Faults;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Processes;

public sealed class CrashTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    private string Path => _directory.File("store.db");

    // QVMC_STORE_KILLS: how many times; `make faults` gives more than CI does.
    [Fact]
    public async Task Killed_writer_has_lost_no_acknowledged_write()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("QVMC_STORE_KILLS") ?? "20", CultureInfo.InvariantCulture);
        var acknowledged = 0;
        var reached = 0L;
        var held = new Dictionary<string, string>();
        for (var round = 0; round < kills; round++)
        {
            // One store all the way: what a killed writer left is what the next begins with.
            using var writer = WriterProcess.Start("write", Path);
            var lines = new List<string>();
            for (var wanted = Random.Shared.Next(1, 250); lines.Count < wanted;)
            {
                lines.Add(await writer.ReadAsync());
            }

            lines.AddRange(await writer.KillAsync());
            acknowledged += lines.Count;
            await using var store = SqliteStore.Open(Path);
            Assert.True(store.Revision - reached < 10_000, "more was written than the journal keeps");

            // All that it holds came one after another, and nothing that was acknowledged is missing.
            var journal = await store.TakeAsync("", reached, (int)(store.Revision - reached));
            Assert.Equal(Enumerable.Range(1, journal.Count).Select(i => i + reached), journal.Select(l => long.Parse(l[..l.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture)));
            Assert.Empty(lines.Where(l => l[0] != '?').Except(journal));
            Assert.Empty(lines.Where(l => l[0] == '?').Select(l => l[2..]).Except(journal.Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..])));
            foreach (var change in journal.Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('=')))
            {
                held[change[0]] = change[1];
            }

            var all = await store.ListAsync("", CancellationToken.None);
            Assert.Equal(
                held.Where(h => h.Value != "(deleted)").Select(h => $"{h.Key}={h.Value}").Order(StringComparer.Ordinal),
                all.Entries.Select(e => $"{e.Key}={StoreTexts.Text(e.Value)}").Order(StringComparer.Ordinal));
            reached = (await store.PutAsync($"after/{round}", "here"))!.Revision;
            held[$"after/{round}"] = "here";
        }

        Assert.True(acknowledged > kills, "nothing was acknowledged");
    }

    [Fact]
    public async Task Second_process_is_refused_until_the_first_is_gone()
    {
        using var holder = WriterProcess.Start("hold", Path);
        Assert.Equal("open", await holder.ReadAsync());
        var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(Path));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains(Path, fault.Message, StringComparison.Ordinal);
        Assert.Contains("in use by another process", fault.Message, StringComparison.Ordinal);
        await holder.KillAsync();
        await using var store = SqliteStore.Open(Path);
    }

    [Fact]
    public async Task Full_disk_fails_the_write_and_nothing_else()
    {
        // A file system of 2 MiB in a mount namespace of its own: gone with the process.
        string[] small = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=2m tmpfs \"$0\" && exec \"$@\"", _directory.Path];
        using (var probe = Process.Start(new ProcessStartInfo(small[0], [.. small[1..], "true"]))!)
        {
            await probe.WaitForExitAsync();
            if (probe.ExitCode != 0)
            {
                return; // The kernel forbids namespaces to this user: no way to a full disk here.
            }
        }

        using var writer = WriterProcess.Start("step", Path, small);
        Assert.Equal("open 0", await writer.ReadAsync());
        var revision = 0L;
        string line;
        while ((line = await writer.StepAsync()).StartsWith("ok ", StringComparison.Ordinal))
        {
            revision = long.Parse(line[3..]);
            Assert.True(revision < 100, "the disk does not fill");
        }

        Assert.StartsWith($"ResourceExhausted {revision} nothing was written: the file system of {Path} is full", line, StringComparison.Ordinal);
        Assert.StartsWith($"ResourceExhausted {revision} ", await writer.StepAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_an_input_output_error_the_store_is_what_the_disk_says()
    {
        // Files of at most 1 MiB: a write beyond that fails with EFBIG, until the limit is lifted.
        // The runtime would need a larger file of its own to keep its code pages write-protected.
        string[] limited = ["env", "DOTNET_EnableWriteXorExecute=0", "prlimit", "--fsize=1048576:unlimited", "sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
        using var writer = WriterProcess.Start("step", Path, limited);
        Assert.Equal("open 0", await writer.ReadAsync());
        var revision = 0L;
        string line;
        while ((line = await writer.StepAsync()).StartsWith("ok ", StringComparison.Ordinal))
        {
            revision = long.Parse(line[3..]);
            Assert.True(revision < 100, "the limit does not hold");
        }

        Assert.StartsWith($"Unavailable {revision} nothing was written", line, StringComparison.Ordinal);
        using (var lift = Process.Start("prlimit", [$"--pid={writer.Id}", "--fsize=unlimited"]))
        {
            await lift.WaitForExitAsync();
            Assert.Equal(0, lift.ExitCode);
        }

        Assert.Equal($"ok {revision + 1}", await writer.StepAsync());
        await writer.KillAsync();
        await using var store = SqliteStore.Open(Path);
        Assert.Equal(revision + 1, store.Revision);
        Assert.Equal(revision + 1, (await store.ListAsync("", CancellationToken.None)).Entries.Count);
    }

    public void Dispose() => _directory.Dispose();
}
