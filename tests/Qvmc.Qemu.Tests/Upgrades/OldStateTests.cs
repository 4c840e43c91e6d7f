using System.Runtime.CompilerServices;
using Google.Protobuf;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Tests.Machines;

namespace Qvmc.Qemu.Tests.Upgrades;

/// <summary>
/// What daemons of 2026-11 have left is read by every later one: a machine that ran, one that was stopped, one that was
/// never started, and a network. What is in state/ is never changed to please a test; a newer format gets a newer one beside.
/// </summary>
public sealed class OldStateTests : IAsyncLifetime
{
    private const string Ran = "s523lbnvvmq5", Stopped = "n2ss63voanwi", Idle = "lzyqsn47rskc";
    private readonly HostFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task EveryMachineIsKnownWithAllThatWasOrdered()
    {
        await _fixture.Table.EndAsync();
        foreach (var uid in new[] { Ran, Stopped, Idle })
        {
            var directory = Directory.CreateDirectory(_fixture.Host.PathsOf(uid).Directory).FullName;
            File.Copy(Path.Combine(Source(), "machines", uid, "machine.json"), Path.Combine(directory, "machine.json"));
        }

        await _fixture.BeginAsync();
        Assert.Equal((State.Stopped, "HostRestarted", "web1", 4u), Seen(Ran));
        Assert.Equal((State.Stopped, "StoppedByUser", "db", 2u), Seen(Stopped));
        Assert.Equal((State.Stopped, "NeverStarted", "idle", 1u), Seen(Idle));
        var ran = Record(Ran);
        Assert.Equal(("pc-q35-7.2", 1u, 96u, 64u, 1u), (ran.MachineType, ran.NicLayout, ran.Order.Spec.MemoryMib, ran.Run.Spec.MemoryMib, ran.Run.Boot));
        Assert.Equal(("logs", 1u), (ran.Order.RemovedDisks.Single().Name, ran.Order.RemovedDisks.Single().Generation));
        Assert.Equal((18080u, 80u), (ran.Order.Spec.Forwards.Single().HostPort, ran.Order.Spec.Forwards.Single().GuestPort));
        var db = Record(Stopped).Order;
        Assert.Equal(("10.80.0.77", "lan", 3u, 10L), (db.NicAddresses.Single().Ipv4, db.Spec.Nics.Single().Network, db.Spec.Autostart.Order, db.Spec.Autostart.Delay.Seconds));
        Assert.Equal(("drivers", "db.example", "Europe/Berlin"), (db.Spec.Cdroms.Single().Image, db.Spec.CloudInit.Hostname, db.Spec.CloudInit.Timezone));
    }

    [Theory]
    [InlineData(Ran)]
    [InlineData(Stopped)]
    [InlineData(Idle)]
    public void NoFieldOfARecordIsForgotten(string uid)
    {
        var text = File.ReadAllText(Path.Combine(Source(), "machines", uid, "machine.json"));
        Assert.Equal(new JsonParser(JsonParser.Settings.Default).Parse<MachineRecord>(text), new MachineRecordFile(Path.Combine(Source(), "machines", uid, "machine.json")).Load());
    }

    [Fact]
    public void ANetworksChoicesAreKept()
    {
        var networks = Path.Combine(Source(), "networks");
        Assert.Equal(["lan"], NetworkChoicesFile.Networks(networks));
        var choices = new NetworkChoicesFile(networks, "lan").Load();
        Assert.Equal(("10.80.0.0/24", "fd04:7efa:ce32:c129::/64", "5a:15:82:44:ef:51", "qv-lan", false), ($"{choices.Subnet}", $"{choices.Subnet6}", choices.Mac, choices.Bridge, choices.IsDown));
    }

    private (State State, string Reason, string Name, uint Generation) Seen(string uid) =>
        _fixture.Host.Feed.Find(uid) is { } machine ? (machine.Status.State, machine.Status.Reason, machine.Name, machine.Status.ObservedGeneration) : default;

    private MachineRecord Record(string uid) => new MachineRecordFile(_fixture.Host.PathsOf(uid).Record).Load()!;

    private static string Source([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "state");
}
