using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Tests;

public class LaunchPullTests
{
    [Fact]
    public async Task A_launch_of_an_image_that_is_not_here_pulls_it_and_then_starts()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.HoldAfter = 1 << 20;
        var stored = (await world.Client.LaunchAsync(Own("web1"), Within())).Instance;
        Assert.Equal((State.Starting, Stage.Image, "own:1", 0u), (stored.Status.State, stored.Status.Stage, stored.Spec.Image, stored.Spec.DiskMib));
        Assert.False(stored.Status.Conditions.Single(c => c.Type == ConditionType.Image).Met);
        await source.AskedAsync();
        Assert.Equal(["web1"], (await PullTests.GetAsync(world, "own:1")).UsedBy);
        await world.SeeAsync("web1", i => i.Status.Conditions.Single(c => c.Type == ConditionType.Image).Message.Contains("is being pulled", StringComparison.Ordinal));
        var timeout = await FaultOf(async () => await world.WaitAsync("web1", WaitCondition.Running, TimeSpan.FromMilliseconds(300)));
        Assert.Equal(FaultCode.Timeout, timeout.Code);
        Assert.Contains("stage IMAGE on host \"local\": image \"own:1\" is being pulled", timeout.Message, StringComparison.Ordinal);
        Assert.Empty(world.Node.Calls);

        source.Release();
        var running = await world.WaitAsync("web1", WaitCondition.Running);
        Assert.Equal((4u, 1u, false), (running.Spec.DiskMib, running.Generation, running.Status.Conditions.Any(c => c.Type == ConditionType.Image)));
        var order = world.Node.Find("web1")!.Order;
        var image = await PullTests.GetAsync(world, "own:1");
        Assert.Equal((image.Digest, true), (order.ImageDigest, order.InstallAgent));
        Assert.Equal(["web1"], image.UsedBy);
        Assert.Equal(("me", GuestAgent.Absent, "own:1"), (image.DefaultUser, image.GuestAgent, image.Source.CatalogEntry));
        Assert.Equal(["ensure web1 1/1"], world.Node.Calls);
    }

    [Theory]
    [InlineData("own")]
    [InlineData("own:latest")]
    [InlineData("own:one")]
    public async Task References_become_the_name(string reference)
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        Assert.Equal("own:1", (await world.Client.LaunchAsync(Own("web1", WaitCondition.Running, reference), Within())).Instance.Spec.Image);
        var digest = (await PullTests.GetAsync(world, "own:1")).Digest;
        Assert.Equal("own:1", (await world.Client.LaunchAsync(Own("web2", WaitCondition.Running, digest[..20]), Within())).Instance.Spec.Image);
        Assert.Single(source.Ranges);
    }

    [Fact]
    public async Task Many_launches_of_one_image_and_restarts_between_are_one_pull()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.HoldAfter = 3 << 20;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => world.Client.LaunchAsync(Own($"web{i}"), Within()).ResponseAsync));
        await source.AskedAsync();
        await PullTests.ProgressAsync(world, 3 << 20);
        await world.RestartControllerAsync();
        await source.AskedAsync();
        source.Release();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => world.WaitAsync($"web{i}", WaitCondition.Running)));
        Assert.Equal(["", $"bytes={3 << 20}-"], source.Ranges);
        Assert.Equal(2, PullTests.Bytes(world).Length);
    }

    [Fact]
    public async Task A_pull_that_fails_fails_the_launch_and_a_start_tries_again()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.Status = 404;
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(Own("web1", WaitCondition.Running), Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("404", fault.Message, StringComparison.Ordinal);
        Assert.Contains("start the instance", fault.Message, StringComparison.Ordinal);
        await world.RestartControllerAsync();
        var failed = await world.InfoAsync("web1");
        Assert.Equal((State.Failed, ImageNeed.Failed, ImageNeed.Failed), (failed.Status.State, failed.Status.Reason, failed.Status.LastError.Reason));

        source.Status = 200;
        var started = await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal((State.Running, true, null), (started.Instance.Status.State, started.Changed, started.Instance.Status.LastError));
    }

    [Fact]
    public async Task A_later_pull_or_import_of_the_image_lets_the_launch_go_on()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.Status = 404;
        await FaultOf(async () => await world.Client.LaunchAsync(Own("web1", WaitCondition.Running), Within()));
        await world.UploadAsync("own:1", Disk(1));
        Assert.Equal(State.Running, (await world.WaitAsync("web1", WaitCondition.Running)).Status.State);
        Assert.Empty((await PullTests.GetAsync(world, "own:1")).Error);
    }

    [Fact]
    public async Task A_cancelled_pull_fails_the_launch_and_a_start_pulls_again()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.HoldAfter = 1 << 20;
        var launching = world.Client.LaunchAsync(Own("web1", WaitCondition.Running), Within()).ResponseAsync;
        await source.AskedAsync();
        await PullTests.DeleteAsync(world, "own:1");
        Assert.Contains("was cancelled", (await FaultOf(() => launching)).Message, StringComparison.Ordinal);
        source.Release();
        await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal(FaultCode.FailedPrecondition, (await FaultOf(() => PullTests.DeleteAsync(world, "own:1"))).Code);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_told_when_the_image_is_here_and_can_be_grown()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        var request = Own("web1", WaitCondition.Running);
        request.Spec.DiskMib = 3;
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Contains("disk of 3 MiB is smaller than image \"own:1\", which needs 4", fault.Message, StringComparison.Ordinal);
        Assert.Empty(world.Node.Calls);
        await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Spec = new InstanceSpec { DiskMib = 5 } }, Within());
        Assert.Equal(5u, (await world.WaitAsync("web1", WaitCondition.Running)).Spec.DiskMib);
    }

    [Fact]
    public async Task One_that_waits_is_stopped_and_deleted_without_its_host()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.HoldAfter = 1 << 20;
        await world.Client.LaunchAsync(Own("web1"), Within());
        await world.Client.LaunchAsync(Own("web2"), Within());
        var off = Own("web3");
        off.Spec.Power = PowerState.Stopped;
        Assert.Equal(State.Stopped, (await world.Client.LaunchAsync(off, Within())).Instance.Status.State);
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        var stopped = await world.Client.StopAsync(new StopRequest { Name = "web2", Wait = WaitCondition.Stopped }, Within());
        Assert.Equal((State.Stopped, true), (stopped.Instance.Status.State, stopped.Changed));
        Assert.Equal(State.Starting, (await world.InfoAsync("web1")).Status.State);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1" }, Within());
        Assert.Equal(["web2", "web3"], (await PullTests.GetAsync(world, "own:1")).UsedBy);
        await world.Node.StartAsync();
        source.Release();
        await world.Node.UntilAsync(n => n.Find("web2") is not null && n.Find("web3") is not null);
        Assert.Equal((State.Stopped, State.Stopped), (world.Node.Find("web2")!.State, world.Node.Find("web3")!.State));
        Assert.DoesNotContain(world.Node.Calls, c => c.Contains("web1", StringComparison.Ordinal));
        await world.Client.StartAsync(new StartRequest { Name = "web2", Wait = WaitCondition.Running }, Within());
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_instance_while_it_waits()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        source.HoldAfter = 1 << 20;
        var request = Own("web1");
        request.RequestId = "r1";
        var first = (await world.Client.LaunchAsync(request, Within())).Instance;
        await world.RestartControllerAsync();
        request.Wait = WaitCondition.Running;
        request.Timeout = Duration.FromTimeSpan(Limits.Test);
        var again = world.Client.LaunchAsync(request, Within(Limits.Test * 2)).ResponseAsync;
        source.Release();
        Assert.Equal(first.Uid, (await again).Instance.Uid);
    }

    [Fact]
    public async Task A_reference_that_means_nothing_is_a_fault_of_the_field()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync(source);
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(Own("web1", reference: "own:2"), Within()));
        Assert.Equal((FaultCode.InvalidArgument, "spec.image"), (fault.Code, Assert.Single(fault.Fields).Field));
        Assert.Contains("did you mean", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<ControllerHarness> StartAsync(ImageServer source)
    {
        var world = await ControllerHarness.StartAsync();
        var file = Path.Combine(world.Directory, "ours.json");
        await File.WriteAllTextAsync(file, source.Catalogue());
        world.Settings.Catalogs.Add(file);
        world.Settings.NoBuiltinCatalog = true;
        await world.RestartControllerAsync();
        return world;
    }

    private static LaunchRequest Own(string name, WaitCondition wait = WaitCondition.Unspecified, string reference = "own:1")
    {
        var request = Request(name, wait);
        request.Spec.Image = reference;
        return request;
    }
}
