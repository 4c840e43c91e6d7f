using System.Text.Json;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Instances;

public sealed class InstanceOutputTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task A_list_is_a_table_over_all_pages()
    {
        AddThree();
        using var run = await CliRun.EndAsync(_controller, "list");
        Assert.Equal(
            """
            NAME     STATE     STAGE       IMAGE  CPUS  MEMORY   ADDRESS    NODE   AGE
            db       FAILED    QemuKilled  tiny   2     512 MiB  -          host1  1h 30m
            starter  STARTING  disk        tiny   2     512 MiB  -          host1  1h 30m
            web1     RUNNING   ready       tiny   2     512 MiB  10.0.2.15  host1  1h 30m

            """,
            run.Output);
        Assert.Equal((ExitCode.Success, ""), (await run.Exit, run.Error));
    }

    [Fact]
    public async Task A_list_in_JSON_is_an_array_even_when_empty()
    {
        using var empty = await CliRun.EndAsync(_controller, "ls", "--format", "json");
        Assert.Equal("[]\n", empty.Output);
        AddThree();
        using var run = await CliRun.EndAsync(_controller, "list", "-o", "json");
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(3, json.RootElement.GetArrayLength());
        Assert.Equal("STATE_FAILED", json.RootElement[0].GetProperty("status").GetProperty("state").GetString());
        Assert.Equal(512, json.RootElement[0].GetProperty("spec").GetProperty("memoryMib").GetInt32());
    }

    [Fact]
    public async Task A_quiet_list_is_names()
    {
        AddThree();
        using var run = await CliRun.EndAsync(_controller, "list", "-q");
        Assert.Equal("db\nstarter\nweb1\n", run.Output);
    }

    [Fact]
    public async Task One_instance_in_JSON_is_an_object_and_several_are_an_array()
    {
        AddThree();
        using var one = await CliRun.EndAsync(_controller, "info", "web1", "--format", "json");
        using var oneJson = JsonDocument.Parse(one.Output);
        Assert.Equal("web1", oneJson.RootElement.GetProperty("name").GetString());
        using var several = await CliRun.EndAsync(_controller, "info", "--all", "--format", "json");
        using var severalJson = JsonDocument.Parse(several.Output);
        Assert.Equal(JsonValueKind.Array, severalJson.RootElement.ValueKind);
    }

    [Fact]
    public async Task Info_says_all_there_is_to_say()
    {
        AddThree();
        _controller.Instances.ConsoleText = "login:";
        using var run = await CliRun.EndAsync(_controller, "info", "web1", "db", "--console");
        Assert.Equal(
            """
            Name:       web1
            State:      RUNNING (ready)
            Image:      tiny
            CPUs:       2
            Memory:     512 MiB
            Disk:       the image's size
            Address:    10.0.2.15/24 (eth0, 52:54:00:00:00:01)
            Forward:    127.0.0.1:8080->80/tcp
            Node:       host1
            Machine:    TCG
            Created:    1h 30m ago
            Uid:        uidweb1
            Warning:    no hardware acceleration: there is no /dev/kvm
            Console:
            login:

            Name:       db
            State:      FAILED (QemuKilled)
            Error:      the process was killed (QemuKilled)
            Image:      tiny
            CPUs:       2
            Memory:     512 MiB
            Disk:       the image's size
            Node:       host1
            Created:    1h 30m ago
            Uid:        uiddb
            The end of its console:
              | last words
            Console:
            login:

            """,
            run.Output);
    }

    [Fact]
    public async Task A_name_that_is_not_there_does_not_keep_the_others_from_being_shown()
    {
        AddThree();
        using var run = await CliRun.EndAsync(_controller, "info", "nope", "web1");
        Assert.Equal(ExitCode.NotFound, await run.Exit);
        Assert.Equal("qvmc: there is no instance \"nope\"\n", run.Error);
        Assert.Contains("Name:       web1", run.Output);
    }

    private void AddThree()
    {
        var failed = Samples.At("db", State.Failed);
        failed.Status.LastError = new LastError { Reason = "QemuKilled", Message = "the process was killed", ConsoleTail = "last words" };
        _controller.Instances.Set(Samples.Ready("web1"));
        _controller.Instances.Set(Samples.At("starter", State.Starting, Stage.Disk));
        _controller.Instances.Set(failed);
    }
}
