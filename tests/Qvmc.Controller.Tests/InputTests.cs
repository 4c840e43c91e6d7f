using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class InputTests
{
    public static TheoryData<string, string, string> Launches => new()
    {
        { "no name", """{"spec":{"image":"tiny"}}""", "name" },
        { "dots", """{"name":"..","spec":{"image":"tiny"}}""", "name" },
        { "comma", """{"name":"a,b","spec":{"image":"tiny"}}""", "name" },
        { "upper case", """{"name":"Web1","spec":{"image":"tiny"}}""", "name" },
        { "64 characters", $$$"""{"name":"{{{new string('a', 64)}}}","spec":{"image":"tiny"}}""", "name" },
        { "no spec", """{"name":"web1"}""", "spec.image" },
        { "no image", """{"name":"web1","spec":{}}""", "spec.image" },
        { "unknown image", """{"name":"web1","spec":{"image":"nosuch:12"}}""", "spec.image" },
        { "image with a path", """{"name":"web1","spec":{"image":"../etc/passwd"}}""", "spec.image" },
        { "too many processors", """{"name":"web1","spec":{"image":"tiny","cpus":4294967295}}""", "spec.cpus" },
        { "too little memory", """{"name":"web1","spec":{"image":"tiny","memoryMib":1}}""", "spec.memory_mib" },
        { "too much memory", """{"name":"web1","spec":{"image":"tiny","memoryMib":4000000000}}""", "spec.memory_mib" },
        { "a disk smaller than its image", """{"name":"web1","spec":{"image":"tiny","diskMib":1}}""", "spec.disk_mib" },
        { "too large a disk", """{"name":"web1","spec":{"image":"tiny","diskMib":4294967295}}""", "spec.disk_mib" },
        { "bad address", """{"name":"web1","spec":{"image":"tiny","nics":[{"mac":"zz"}]}}""", "spec.nics[0].mac" },
        { "no port", """{"name":"web1","spec":{"image":"tiny","forwards":[{"guestPort":1}]}}""", "spec.forwards[0].host_port" },
        { "endless wait", """{"name":"web1","spec":{"image":"tiny"},"timeout":"36000s"}""", "timeout" },
        { "bad user-data", """{"name":"web1","spec":{"image":"tiny","cloudInit":{"userData":"#cloud-config\nusers: [unclosed"}}}""", "spec.cloud_init.user_data" },
        { "negative wait", """{"name":"web1","spec":{"image":"tiny"},"timeout":"-1s"}""", "timeout" },
    };

    [Fact]
    public async Task Bad_launches_are_refused_and_leave_nothing()
    {
        await using var world = await StartAsync();
        foreach (var row in Launches)
        {
            var (what, json, field) = ((string)row[0], (string)row[1], (string)row[2]);
            var fault = await FaultOf(async () => await world.Client.LaunchAsync(LaunchRequest.Parser.ParseJson(json), Within()));
            Assert.True(fault.Code == FaultCode.InvalidArgument && fault.Fields.Any(f => f.Field == field), $"{what}: {fault.Code} {fault.Message}");
        }

        Assert.Empty((await world.Client.ListAsync(new ListRequest(), Within())).Instances);
        Assert.Empty(world.Node.Calls);
    }

    [Fact]
    public async Task Every_fault_comes_at_once_and_says_what_there_is()
    {
        await using var world = await StartAsync();
        var request = new LaunchRequest { Name = "A", Spec = new InstanceSpec { Image = "nope", Cpus = 999 } };
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(["name", "spec.cpus", "spec.image"], fault.Fields.Select(f => f.Field).Order());
        Assert.Contains("there is no image \"nope\", here or in the catalogue", fault.Message, StringComparison.Ordinal);

        request = new LaunchRequest { Name = "A", Spec = new InstanceSpec { Image = "tiny", DiskMib = 1 } };
        fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(["name", "spec.disk_mib"], fault.Fields.Select(f => f.Field).Order());
        Assert.Contains("needs 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_instance_is_not_found_by_any_verb()
    {
        await using var world = await StartAsync();
        var client = world.Client;
        Func<Task>[] calls =
        [
            async () => await client.InfoAsync(new InfoRequest { Name = "nope" }, Within()),
            async () => await client.StartAsync(new StartRequest { Name = "nope" }, Within()),
            async () => await client.StopAsync(new StopRequest { Name = "nope" }, Within()),
            async () => await client.RestartAsync(new RestartRequest { Name = "nope" }, Within()),
            async () => await client.UpdateAsync(new UpdateRequest { Name = "nope", Spec = new InstanceSpec { Cpus = 1 } }, Within()),
            async () => await client.DeleteAsync(new DeleteRequest { Name = "nope" }, Within()),
            async () => await client.WaitAsync(new WaitRequest { Name = "nope" }, Within()),
            async () => await client.ExecAsync(new ExecRequest { Name = "nope", Command = { "true" } }, Within()),
            async () => await client.ConsoleAsync(new ConsoleRequest { Name = "nope" }, Within()),
        ];
        foreach (var call in calls)
        {
            var fault = await FaultOf(call);
            Assert.Equal((FaultCode.NotFound, "there is no instance \"nope\""), (fault.Code, fault.Message));
        }
    }

    [Fact]
    public async Task A_bad_name_is_invalid_in_any_verb()
    {
        await using var world = await StartAsync();
        var client = world.Client;
        Func<string, Task>[] calls =
        [
            async name => await client.InfoAsync(new InfoRequest { Name = name }, Within()),
            async name => await client.StartAsync(new StartRequest { Name = name }, Within()),
            async name => await client.StopAsync(new StopRequest { Name = name }, Within()),
            async name => await client.RestartAsync(new RestartRequest { Name = name }, Within()),
            async name => await client.UpdateAsync(new UpdateRequest { Name = name }, Within()),
            async name => await client.DeleteAsync(new DeleteRequest { Name = name }, Within()),
            async name => await client.WaitAsync(new WaitRequest { Name = name }, Within()),
            async name => await client.ExecAsync(new ExecRequest { Name = name, Command = { "true" } }, Within()),
            async name => await client.ConsoleAsync(new ConsoleRequest { Name = name }, Within()),
        ];
        foreach (var call in calls)
        {
            foreach (var name in new[] { "", "..", "a,b", "UP" })
            {
                Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => call(name))).Code);
            }
        }
    }

    [Fact]
    public async Task Other_bad_fields()
    {
        await using var world = await StartAsync();
        var client = world.Client;
        await world.LaunchAsync("web1");
        (string Field, Func<Task> Call)[] calls =
        [
            ("page_size", async () => await client.ListAsync(new ListRequest { PageSize = 1001 }, Within())),
            ("page_token", async () => await client.ListAsync(new ListRequest { PageToken = "?" }, Within())),
            ("filter.states", async () => await client.ListAsync(new ListRequest { Filter = new InstanceFilter { States = { (State)99 } } }, Within())),
            ("filter.labels", async () => await client.ListAsync(new ListRequest { Filter = new InstanceFilter { Labels = { "=" } } }, Within())),
            ("for", async () => await client.WaitAsync(new WaitRequest { Name = "web1", For = (WaitCondition)9 }, Within())),
            ("wait", async () => await client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Running }, Within())),
            ("policy.grace", async () => await client.StopAsync(new StopRequest { Name = "web1", Policy = new StopPolicy { Grace = new Duration { Seconds = 9999 } } }, Within())),
            ("spec", async () => await client.UpdateAsync(new UpdateRequest { Name = "web1" }, Within())),
            ("update_mask", async () => await client.UpdateAsync(new UpdateRequest { Name = "web1", UpdateMask = new FieldMask { Paths = { "spec.image" } } }, Within())),
            ("command", async () => await client.ExecAsync(new ExecRequest { Name = "web1" }, Within())),
            ("environment", async () => await client.ExecAsync(new ExecRequest { Name = "web1", Command = { "a" }, Environment = { "=x" } }, Within())),
            ("max_bytes", async () => await client.ConsoleAsync(new ConsoleRequest { Name = "web1", MaxBytes = 2 << 20 }, Within())),
        ];
        foreach (var (field, call) in calls)
        {
            var fault = await FaultOf(call);
            Assert.True(fault.Code == FaultCode.InvalidArgument && fault.Fields.Single().Field == field, $"{field}: {fault.Message}");
        }
    }
}
