using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Recovery;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class RecordRecoveryTests
{
    [Fact]
    public async Task What_hosts_and_images_have_makes_the_same_records_again()
    {
        await using var world = await StartAsync();
        await world.UploadAsync("other", Disk(2));
        var request = Request("web1", WaitCondition.Running);
        request.RequestId = "once";
        request.Labels.Add("tier", "front");
        await world.Client.LaunchAsync(request, Within());
        await world.LaunchAsync("web2");
        await world.Client.StopAsync(new StopRequest { Name = "web2", Wait = WaitCondition.Stopped }, Within());
        var before = (await world.Client.ListAsync(new ListRequest(), Within())).Instances.Select(Bare).ToList();
        var images = (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images.ToList();

        var records = await LoseAndRecoverAsync(world);
        Assert.Empty(records.Troubles);
        await world.StartControllerAsync();
        Assert.Equal(before, (await world.Client.ListAsync(new ListRequest(), Within())).Instances.Select(Bare));
        Assert.Equal(images, (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images);

        // The same request again is the same launch.
        Assert.Equal(before[0].Uid, (await world.Client.LaunchAsync(request, Within())).Instance.Uid);
        Assert.Equal(["ensure web1 1/1", "ensure web2 1/1", "ensure web2 2/1"], world.Node.Calls);
    }

    [Fact]
    public async Task Without_the_copy_images_are_known_by_those_who_use_them()
    {
        await using var world = await StartAsync();
        await world.UploadAsync("other", Disk(2));
        await world.LaunchAsync("web1");
        await world.StopControllerAsync();
        var copy = Path.Combine(world.Directory, "state", "images", "images.json");
        Assert.Contains("\"other\"", File.ReadAllText(copy), StringComparison.Ordinal);
        File.Delete(copy);
        var records = await LoseAndRecoverAsync(world);
        Assert.Equal(["recovered", "tiny"], records.Images.Select(i => i.Name.Split('-')[0]));
        await world.StartControllerAsync();
        await world.LaunchAsync("web2");
        Assert.True(File.Exists(copy));
    }

    [Fact]
    public async Task The_copy_follows_the_records()
    {
        await using var world = await StartAsync();
        var copy = Path.Combine(world.Directory, "state", "images", "images.json");
        await world.UploadAsync("other", Disk(2));
        Assert.Contains("\"other\"", File.ReadAllText(copy), StringComparison.Ordinal);
        await world.Images.DeleteImageAsync(new DeleteImageRequest { Name = "other" }, Within());
        Assert.DoesNotContain("\"other\"", File.ReadAllText(copy), StringComparison.Ordinal);
        Assert.Contains("\"tiny\"", File.ReadAllText(copy), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_machines_by_one_name_the_later_launch_has_it()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var order = world.Node.Find("web1")!.Order;
        var older = order.Clone();
        (older.Uid, older.CreateTime) = (Uid.Create(), order.CreateTime - new Duration { Seconds = 1 });
        await world.StopControllerAsync();
        var records = new RecordRecovery(world.Settings).Make([new HostMachine("local", older, new Timestamp()), new HostMachine("local", order, new Timestamp())]);
        Assert.Equal(order.Uid, Assert.Single(records.Instances).Instance.Uid);
        Assert.Contains($"is machine {order.Uid}, which was launched later", records.Troubles[older.Uid], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Etags_of_before_fit_nothing_after()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var etag = (await world.InfoAsync("web1")).Etag;
        await LoseAndRecoverAsync(world);
        await world.StartControllerAsync();
        var fault = await FaultOf(async () => await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Etag = etag, Spec = new InstanceSpec { Cpus = 2 } }, Within()));
        Assert.Equal(Core.Faults.FaultCode.Stale, fault.Code);
    }

    private static async Task<RecoveredRecords> LoseAndRecoverAsync(ControllerHarness world)
    {
        await world.StopControllerAsync();
        var recovery = new RecordRecovery(world.Settings);
        File.Delete(recovery.StorePath);
        var machines = new List<HostMachine>();
        world.Node.Meddle(found => machines.AddRange(found.Values.Select(m => new HostMachine("local", m.Order, new Timestamp()))));
        var records = recovery.Make(machines);
        using var store = recovery.Begin();
        Assert.Null(await store.ExamineAsync());
        Assert.Null(await store.ReplaceAsync(s => RecordRecovery.FillAsync(s, records), DateTimeOffset.UtcNow));
        Assert.Equal("", await store.ExamineAsync());
        return records;
    }

    private static Instance Bare(Instance instance)
    {
        var bare = instance.Clone();
        (bare.Etag, bare.Status) = ("", null);
        return bare;
    }
}
