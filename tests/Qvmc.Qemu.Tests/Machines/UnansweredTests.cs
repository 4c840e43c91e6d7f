using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Orders whose answer was lost, which come again.</summary>
public sealed class UnansweredTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task AnOrderThatIsOnRecordAlreadyIsTakenUp()
    {
        var order = fixture.Order(PowerState.Stopped);
        var paths = fixture.Host.PathsOf(order.Uid);
        Directory.CreateDirectory(paths.Directory);
        new MachineRecordFile(paths.Record).Save(new MachineRecord { Order = order });
        await fixture.Table.EnsureAsync(order);
        Assert.Equal(["machine.json", "machine.json~"], Directory.EnumerateFiles(paths.Directory).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
    }
}
