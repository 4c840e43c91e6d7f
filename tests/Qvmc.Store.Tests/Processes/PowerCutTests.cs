using System.Globalization;
using System.Text;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Processes;

/// <summary>
/// Cuts the power after every system call of a real run: strace records what the store does to its files, and each
/// beginning of that record, with any part of what was not yet synced, must be a store with every acknowledged write.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    // Hundreds of stores are opened, and what they sync is of no interest: in memory, where there is any to be had.
    private readonly DirectoryInfo _cuts = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"qvmc-cuts-{Guid.NewGuid():n}"));

    // QVMC_POWER_CUTS: how many times after each call.
    [Fact]
    public async Task Power_cut_after_any_call_loses_no_acknowledged_write()
    {
        var cuts = int.Parse(Environment.GetEnvironmentVariable("QVMC_POWER_CUTS") ?? "1", CultureInfo.InvariantCulture);
        var calls = await RecordAsync();
        var seed = Random.Shared.Next();
        var chance = new Random(seed);
        var disk = new PowerCut();
        var (acknowledged, opened) = (0L, 0);
        var reached = new HashSet<long>();
        for (var i = 0; i < calls.Count; i++)
        {
            disk.Apply(calls[i]);
            acknowledged = calls[i].Name == "write" ? long.Parse(Encoding.ASCII.GetString(calls[i].Bytes), CultureInfo.InvariantCulture) : acknowledged;
            // The mere kill, which has all of it, is tried where something was just promised.
            for (var cut = calls[i].Name == "write" ? 0 : 1; cut <= cuts; cut++)
            {
                var path = Lay(disk.Cut(cut == 0 ? null : chance), opened++);
                try
                {
                    await using var store = SqliteStore.Open(path, TracedWrites.Options);
                    Assert.InRange(store.Revision, acknowledged, TracedWrites.Count);
                    Assert.Equal(TracedWrites.At(store.Revision), (await store.ListAsync("", CancellationToken.None)).Entries.Select(e => $"{e.Key}={StoreTexts.Text(e.Value)}"));
                    reached.Add(store.Revision);
                }
                catch (Exception e)
                {
                    Assert.Fail($"seed {seed}, cut {cut} after call {i} ({calls[i].Name} {calls[i].Path}), {acknowledged} acknowledged: {e}");
                }

                Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
            }
        }

        Assert.Equal(TracedWrites.Count, acknowledged);
        Assert.Equal(TracedWrites.Count + 1, reached.Count);
    }

    private async Task<List<SystemCall>> RecordAsync()
    {
        var (trace, store) = (_directory.File("trace"), _directory.File("traced/store.db"));
        using (var writer = WriterProcess.Start(
            "trace", store, "strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "100000", "-e", "trace=openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename", "-e", "signal=none", "-o", trace))
        {
            for (var i = 0; i < TracedWrites.Count; i++)
            {
                await writer.ReadAsync();
            }

            await writer.EndAsync();
        }

        // An acknowledgement is a line to the parent.
        var calls = SystemCall.Read(File.ReadLines(trace))
            .Where(c => c.Name == "write" ? c.Path.StartsWith("pipe:", StringComparison.Ordinal) && char.IsAsciiDigit((char)c.Bytes.FirstOrDefault()) : c.Path.StartsWith(_directory.Path, StringComparison.Ordinal) && !c.Path.EndsWith("-shm", StringComparison.Ordinal))
            .ToList();
        Assert.Contains(calls, c => c.Name == "pwrite64" && c.Path == store);
        Assert.Contains(calls, c => c.Name == "unlink" && c.Path == store + "-wal");
        return calls;
    }

    private string Lay(IEnumerable<(string Path, byte[] Bytes)> files, int number)
    {
        var directory = _cuts.CreateSubdirectory($"{number}").FullName;
        foreach (var (path, bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(directory, Path.GetFileName(path)), bytes);
        }

        return Path.Combine(directory, "store.db");
    }

    public void Dispose()
    {
        _cuts.Delete(recursive: true);
        _directory.Dispose();
    }
}
