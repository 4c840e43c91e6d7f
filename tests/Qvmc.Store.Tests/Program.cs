using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Store.Sqlite;

// A writer to be killed, starved or left without disk: dotnet exec Qvmc.Store.Tests.dll MODE PATH
//   write  eight callers write for ever; a line "KEY REVISION" for every acknowledged write
//   step   a write of 64 KiB for every line read; a line "ok REVISION" or the code of the fault
//   hold   opens, says "open", and holds it until its input ends
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
        var key = $"{caller}/{i}";
        var entry = await store.PutAsync(key, Encoding.UTF8.GetBytes($"value of {key}"), 0, CancellationToken.None);
        Say($"{key} {entry!.Revision}");
    }
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
