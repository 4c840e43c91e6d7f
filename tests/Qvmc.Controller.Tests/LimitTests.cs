using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class LimitTests
{
    [Fact]
    public async Task Memory_is_promised_to_what_is_to_run_and_to_nobody_twice()
    {
        await using var world = await StartAsync();
        world.Node.MemoryMib = 4096;
        await world.RestartControllerAsync();

        // All at once: none may see the room of another that is being stored.
        var launches = Enumerable.Range(0, 6).Select(i => LaunchAsync(world, $"m{i}", 1024)).ToList();
        var faults = new List<FaultException>();
        foreach (var launch in launches)
        {
            try
            {
                await launch;
            }
            catch (Grpc.Core.RpcException e)
            {
                faults.Add(Hosting.Faults.FaultStatus.FromRpc(e));
            }
        }

        Assert.Equal([FaultCode.ResourceExhausted, FaultCode.ResourceExhausted], faults.Select(f => f.Code));
        Assert.Contains("1024 MiB are more than host \"local\" has left: of 4096 MiB, 4096 are promised", faults[0].Message, StringComparison.Ordinal);
        Assert.Null(faults[0].RetryAfter);

        // What is not to run needs none, until it is.
        await LaunchAsync(world, "off", 2048, PowerState.Stopped);
        var off = await FaultOf(async () => await world.Client.StartAsync(new StartRequest { Name = "off" }, Within()));
        Assert.Equal(FaultCode.ResourceExhausted, off.Code);
        var names = (await world.Client.ListAsync(new ListRequest(), Within())).Instances.Where(i => i.Name != "off").Select(i => i.Name).ToList();
        Assert.Equal(4, names.Count);
        foreach (var name in names.Take(2))
        {
            await world.Client.StopAsync(new StopRequest { Name = name, Wait = WaitCondition.Stopped }, Within());
        }

        await world.Client.StartAsync(new StartRequest { Name = "off", Wait = WaitCondition.Running }, Within());

        // One that has its memory already starts again with it.
        await world.Client.RestartAsync(new RestartRequest { Name = "off", Wait = WaitCondition.Running }, Within());
    }

    [Fact]
    public async Task Another_host_takes_what_the_first_has_no_room_for()
    {
        await using var world = await StartAsync("a", "b");
        (world.Nodes[0].MemoryMib, world.Nodes[1].MemoryMib) = (256, 4096);
        await world.RestartControllerAsync();
        await LaunchAsync(world, "m", 1024);
        Assert.Equal("b", (await world.Client.InfoAsync(new InfoRequest { Name = "m" }, Within())).Instance.Status.Node);
    }

    [Fact]
    public async Task A_host_whose_disk_is_nearly_full_gets_no_new_instance()
    {
        await using var world = await StartAsync();
        await LaunchAsync(world, "before", 64);
        world.Node.DiskFreeMib = 511;
        await world.RestartControllerAsync();
        var fault = await FaultOf(() => LaunchAsync(world, "after", 64));
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Contains("511 MiB left for disks", fault.Message, StringComparison.Ordinal);

        // What is there lives on.
        await world.Client.RestartAsync(new RestartRequest { Name = "before", Wait = WaitCondition.Running }, Within());
    }

    [Fact]
    public async Task Launches_that_come_too_fast_are_put_off()
    {
        await using var world = await StartAsync();
        world.Settings.LaunchLimits = new LaunchLimits { PerSecond = 1, Burst = 2 };
        await world.RestartControllerAsync();
        var request = Request("first");
        request.RequestId = "1";
        await world.Client.LaunchAsync(request, Within());

        // What is refused, and what was launched before, takes no other's place.
        await FaultOf(() => LaunchAsync(world, "first", 64));
        await world.Client.LaunchAsync(request, Within());
        await LaunchAsync(world, "second", 64);
        var fault = await FaultOf(async () =>
        {
            for (var i = 0; ; i++)
            {
                await LaunchAsync(world, $"more{i}", 64);
            }
        });
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.InRange(fault.RetryAfter!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await LaunchWhenItMayAsync(world);
    }

    private static async Task LaunchWhenItMayAsync(ControllerHarness world)
    {
        while (true)
        {
            try
            {
                await LaunchAsync(world, "later", 64);
                return;
            }
            catch (Grpc.Core.RpcException e) when (Hosting.Faults.FaultStatus.FromRpc(e) is { RetryAfter: { } delay })
            {
                await Task.Delay(delay + TimeSpan.FromMilliseconds(10));
            }
        }
    }

    private static async Task LaunchAsync(ControllerHarness world, string name, uint memory, PowerState power = PowerState.Running)
    {
        var request = Request(name);
        (request.Spec.MemoryMib, request.Spec.Power) = (memory, power);
        await world.Client.LaunchAsync(request, Within());
    }
}
