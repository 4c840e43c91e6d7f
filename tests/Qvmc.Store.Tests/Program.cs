using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Store.Sqlite;
using Qvmc.Store.Tests.Processes;

// A writer to be killed, starved or left without disk: dotnet exec Qvmc.Store.Tests.dll MODE PATH
//   write  eight callers write for ever: new keys, other values, deletions; a line "REVISION KEY=VALUE" or
//          "REVISION KEY=(deleted)" for every acknowledged write
//   trace  writes of several sizes through several checkpoints and a reopening; a line "REVISION" for every
//          acknowledged write: see TracedWrites
//   step   a write of 64 KiB for every line read; a line "ok REVISION" or the code of the fault
//   hold   opens, says "open", and holds it until its input ends
if (args[0] == "trace")
{
    await TracedWrites.RunAsync(args[1], Say);
    return 0;
}

var store = SqliteStore.Open(args[1]);
await using (store)
{
    switch (args[0])
    {
        case "write":
            await Task.WhenAll(Enumerable.Range(0, 8).Select(WriteForEver));
            break;
        case "step":
            await StepAsync();
            break;
        default:
            Say("open");
            Console.In.ReadToEnd();
            break;
    }
}

return 0;

async Task WriteForEver(int caller)
{
    for (var i = 0; ; i++)
    {
        var key = $"{Environment.ProcessId}/{caller}/{i}";
        var revision = await PutAsync(key, "new", 0);
        if (i % 3 == 0)
        {
            revision = await PutAsync(key, "other", revision);
        }

        // Which revision that gets is in the journal.
        if (i % 5 == 0 && await store.DeleteAsync(key, revision, CancellationToken.None))
        {
            Say($"? {key}=(deleted)");
        }
    }
}

async Task<long> PutAsync(string key, string value, long expected)
{
    var entry = await store.PutAsync(key, Encoding.UTF8.GetBytes(value), expected, CancellationToken.None);
    Say($"{entry!.Revision} {key}={value}");
    return entry.Revision;
}

async Task StepAsync()
{
    Say($"open {store.Revision}");
    for (var i = 0; Console.ReadLine() is not null; i++)
    {
        try
        {
            var entry = await store.PutAsync($"step/{Guid.NewGuid()}", new byte[64 << 10], 0, CancellationToken.None);
            Say($"ok {entry!.Revision}");
        }
        catch (FaultException e)
        {
            Say($"{e.Code} {store.Revision} {e.Message}");
        }
    }
}

static void Say(string line)
{
    lock (Console.Out)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
