using System.Globalization;
using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>
/// A guest writes more than its host's file system has room for: dotnet exec Qvmc.Qemu.Tests.dll guest DIRECTORY IMAGE.
/// Prints a line for each thing that came about.
/// </summary>
internal sealed class FullGuestProgram : IAsyncDisposable
{
    // A guest boots in seconds; on a busy machine, in minutes.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly HostFixture _host;
    private readonly string _crowd;
    private MachineOrder _order = null!;

    private FullGuestProgram(string directory)
    {
        _host = new HostFixture { Root = directory };
        _crowd = Path.Combine(directory, "crowd");
    }

    internal static async Task RunAsync(string directory, string image)
    {
        await using var program = new FullGuestProgram(directory);
        await program.RunAsync(image);
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_crowd);
        await _host.Table.RemoveAsync(_order.Uid, force: true);
        await _host.Table.EndAsync();
    }

    private async Task RunAsync(string image)
    {
        await _host.InitializeAsync();
        _order = _host.Order(PowerState.Running);
        await using (var file = File.OpenRead(image))
        {
            _order.ImageDigest = (await _host.Host.Images.AddAsync(file, new ImageExpectation(ImageFormat.Qcow2), CancellationToken.None)).Digest;
        }

        (_order.Spec.MemoryMib, _order.Spec.DiskMib) = (128, 64);
        await _host.Table.EnsureAsync(_order.Clone());
        await UntilAsync(IsReady);
        Console.WriteLine("ready");
        await InGuestAsync("dd if=/dev/urandom of=/data/before bs=64k count=32 && md5sum /data/before >/data/sums && sync");

        await FillAsync();
        await TryWritesAsync();
        await NextAsync(o => o.Resume = o.Generation);
        await RecordAsync(r => r.Run.Resumed == _order.Generation);
        await UntilAsync(s => s.State == State.Paused);
        Console.WriteLine("tried and still full");

        File.Delete(_crowd);
        await UntilAsync(IsReady);
        Console.WriteLine("runs: by itself");
        var written = await InGuestAsync("until test -e /run/done; do sleep 1; done; cmp /run/much /data/much && md5sum -c /data/sums >&2");
        Console.WriteLine($"written: {written}");
        await SetClockAsync();

        await NextAsync(o => o.Spec.Power = PowerState.Stopped);
        Console.WriteLine($"stopped: {(await UntilAsync(s => s.State == State.Stopped)).Reason}");
        Console.WriteLine($"check: {SmallDisk.Run("qemu-img", "check", "-q", _host.Host.PathsOf(_order.Uid).Disk).ExitCode}");
        Console.WriteLine($"on record: {Record().Run.EndReason}");
    }

    // All the room but a little is taken; the guest takes the rest, and then we what is left below a cluster of its disk.
    private async Task FillAsync()
    {
        Crowd(leave: 2 << 20);
        await InGuestAsync("(dd if=/dev/urandom of=/run/much bs=64k count=128; cp /run/much /data/much; sync; touch /run/done) >/dev/null 2>&1 &");
        var full = await UntilAsync(s => s.Reason == "DiskFull");
        Crowd(leave: 0);
        var condition = full.Conditions.Single(c => c.Type == ConditionType.DiskFull);
        Console.WriteLine($"{full.Reason}, {condition.Reason} {(condition.Met ? "met" : "not met")}, {DiskRoom.Of(_host.Root).FreeBytes} bytes free");
    }

    // What the daemon itself has to write.
    private async Task TryWritesAsync()
    {
        await NextAsync(o => o.Spec.Cpus = 1);
        await NextAsync(o => o.Spec.MemoryMib = 160);
        Console.WriteLine($"an order: {(Record().Order.Spec.MemoryMib == 160 ? "taken" : "lost")}");
        try
        {
            await _host.Table.EnsureAsync(_host.Order());
            Console.WriteLine("a machine: made");
        }
        catch (FaultException e)
        {
            Console.WriteLine($"a machine: {e.Code}");
        }

        using var console = new ConsoleLog(Path.Combine(_host.Root, "console.log"), 16384);
        console.Append("lost"u8);
        var lost = console.Tail(100).Length == 0;
        using (var crowd = File.OpenHandle(_crowd, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.SetLength(crowd, RandomAccess.GetLength(crowd) - (64 << 10));
        }

        console.Append("kept"u8);
        var kept = Encoding.ASCII.GetString(console.Tail(100)) == "kept";
        Crowd(leave: 0);
        Console.WriteLine($"the console: {(lost ? "lost" : "kept")}, then {(kept ? "kept" : "lost")}");
    }

    // Its clock is wrong; nothing but a pause has it set.
    private async Task SetClockAsync()
    {
        await InGuestAsync("date -s @1000000000");
        await NextAsync(o => o.Spec.Power = PowerState.Paused);
        await UntilAsync(s => s.State == State.Paused);
        await NextAsync(o => (o.Spec.Power, o.Resume) = (PowerState.Running, o.Generation));
        await UntilAsync(IsReady);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var exit = await InGuestAsync($"i=0; until test $(date +%s) -ge {now}; do i=$((i+1)); test $i -lt 100 || exit 1; sleep 1; done");
        Console.WriteLine($"the clock: {(exit == 0 ? "set" : "wrong")}");
    }

    private static bool IsReady(InstanceStatus status) => status.State == State.Running && status.Conditions.Any(c => c is { Type: ConditionType.Ready, Met: true });

    private async Task<int?> InGuestAsync(string script)
    {
        var agent = await _host.Table.Get(_order.Uid).Session!.Guest.AgentAsync(CancellationToken.None);
        var result = await agent.ExecAsync("/bin/sh", ["-c", script], limit: Limit);
        await Console.Error.WriteLineAsync($"{script}\n{Encoding.UTF8.GetString(result.Stdout)}{Encoding.UTF8.GetString(result.Stderr)}");
        return result.ExitCode;
    }

    private async Task NextAsync(Action<MachineOrder> change)
    {
        _order.Generation++;
        change(_order);
        await _host.Table.EnsureAsync(_order.Clone());
    }

    private Task<InstanceStatus> UntilAsync(Func<InstanceStatus, bool> wanted) => _host.WaitAsync(_order.Uid, wanted, Limit);

    private MachineRecord Record() => new MachineRecordFile(_host.Host.PathsOf(_order.Uid).Record).Load()!;

    private async Task RecordAsync(Func<MachineRecord, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!wanted(Record()))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private void Crowd(long leave)
    {
        using var file = File.OpenHandle(_crowd, FileMode.OpenOrCreate, FileAccess.Write);
        var piece = new byte[4 << 10];
        try
        {
            while (DiskRoom.Of(_host.Root).FreeBytes > leave)
            {
                RandomAccess.Write(file, piece, RandomAccess.GetLength(file));
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
