using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Daemons;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Cli.Tests.Recovery;

public sealed class RecoverVerbTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("qvmc-recover-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task What_qvmc_up_had_is_shown_and_written_when_asked()
    {
        var settings = new UpSettings(new UpPaths(_root, _root), HttpText.Complete("7070"), "warn");
        Directory.CreateDirectory(settings.Controller.StateDirectory);
        Machine(settings.Qemu.StateDirectory, "web1", "aaaaaaaaaaaa");
        Machine(settings.Qemu.StateDirectory, "goes", "bbbbbbbbbbbb", removing: true);
        using (var look = await CliRun.EndAsync(null, "recover", "--data", _root))
        {
            Assert.Equal((ExitCode.Success, ""), (await look.Exit, look.Error));
            Assert.Matches(@"web1 +aaaaaaaaaaaa +local +3 +STOPPED +- +2026-01-02 03:04:05Z +-\n", look.Output);
            Assert.Matches(@"bbbbbbbbbbbb +local .* left alone: is being removed\n", look.Output);
            Assert.Contains("is not there", look.Output, StringComparison.Ordinal);
            Assert.Contains("Nothing was changed. With --write a new one would have 1 instances", look.Output, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(settings.Controller.StateDirectory, "store.db")));
        }

        using (var write = await CliRun.EndAsync(null, "recover", "--data", _root, "--write"))
        {
            Assert.Equal((ExitCode.Success, ""), (await write.Exit, write.Error));
            Assert.True(File.Exists(Path.Combine(settings.Controller.StateDirectory, "store.db")));
        }

        using var again = await CliRun.EndAsync(null, "recover", "--data", _root, "--write");
        Assert.Equal(ExitCode.Conflict, await again.Exit);
        Assert.Contains("is sound: there is nothing to recover", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_can_not_be_read_is_left_out_and_makes_it_fail()
    {
        var settings = new UpSettings(new UpPaths(_root, _root), HttpText.Complete("7070"), "warn");
        Directory.CreateDirectory(settings.Controller.StateDirectory);
        Machine(settings.Qemu.StateDirectory, "web1", "aaaaaaaaaaaa");
        Machine(settings.Qemu.StateDirectory, "web2", "cccccccccccc");
        File.WriteAllText(Path.Combine(settings.Qemu.StateDirectory, "machines", "cccccccccccc", "machine.json"), "{ \"order\": { \"uid");
        using var run = await CliRun.EndAsync(null, "recover", "--data", _root, "--write", "--format", "json");
        Assert.Equal(ExitCode.Failure, await run.Exit);
        Assert.Contains("machine.json", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"written\": true", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_that_were_forgotten_are_asked_for()
    {
        var config = Path.Combine(_root, "controller.json");
        File.WriteAllText(config, $$"""
            {
              "listen": { "address": "unix://{{_root}}/c.sock" }, "state_directory": "{{_root}}",
              "nodes": [ { "name": "a", "endpoint": { "address": "unix://{{_root}}/a.sock" } }, { "name": "b", "endpoint": { "address": "unix://{{_root}}/b.sock" } } ]
            }
            """);
        Machine(Path.Combine(_root, "copy"), "web1", "aaaaaaaaaaaa");
        var copy = $"a={Path.Combine(_root, "copy")}";
        await FailsAsync("nothing was given for \"b\"", "recover", "-c", config, "--machines", copy);
        await FailsAsync("\"x\" is no host of the controller's", "recover", "-c", config, "--machines", "x=/tmp");
        await FailsAsync("\"a\" is not NODE=DIRECTORY", "recover", "-c", config, "--machines", "a");
        using var run = await CliRun.EndAsync(null, "recover", "-c", config, "--machines", copy, "--without", "b");
        Assert.Equal((ExitCode.Success, ""), (await run.Exit, run.Error));
        Assert.Contains("web1", run.Output, StringComparison.Ordinal);
    }

    private static async Task FailsAsync(string why, params string[] arguments)
    {
        using var run = await CliRun.EndAsync(null, arguments);
        Assert.Equal(ExitCode.Usage, await run.Exit);
        Assert.Contains(why, run.Error, StringComparison.Ordinal);
    }

    private static void Machine(string stateDirectory, string name, string uid, bool removing = false)
    {
        var directory = Directory.CreateDirectory(Path.Combine(stateDirectory, "machines", uid)).FullName;
        new MachineRecordFile(Path.Combine(directory, "machine.json")).Save(new MachineRecord
        {
            Order = new MachineOrder
            {
                Uid = uid,
                Name = name,
                Generation = 3,
                Spec = new InstanceSpec { Cpus = 1, MemoryMib = 128, DiskMib = 64, Power = PowerState.Stopped },
                CreateTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
            },
            Removing = removing,
        });
    }
}
