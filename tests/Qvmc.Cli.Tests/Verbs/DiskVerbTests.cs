using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class DiskVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Add_waits_until_the_machine_has_the_disk()
    {
        _controller.Instances.OnAddDisk = request =>
        {
            Assert.Equal(("logs", 10240u), (request.Disk.Name, request.Disk.SizeMib));
            var changed = WithDisk(generation: 2, observed: 1);
            _controller.Instances.Set(changed);
            return new AddDiskResponse { Instance = changed };
        };
        using var run = CliRun.Begin(_controller.Address, [], "disk", "add", "web1", "logs=10G");
        await _controller.Instances.NextWatchAsync();
        Assert.False(run.Exit.IsCompleted);
        _controller.Instances.Set(WithDisk(generation: 2, observed: 2));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Equal("web1: disk logs is added (10 GiB)\n", run.Output);
    }

    [Fact]
    public async Task What_the_machine_could_not_do_is_told_with_the_reason()
    {
        var failed = WithDisk(generation: 1, observed: 1);
        failed.Status.Conditions.Add(new Condition { Type = ConditionType.RestartRequired, Met = true, Reason = "ChangeFailed", Message = "attaching disk \"logs\" failed: no" });
        _controller.Instances.OnUpdateDisk = request => request is { Disk: "logs", HasDetached: true, Detached: false, SizeMib: 0 }
            ? new UpdateDiskResponse { Instance = failed }
            : throw new InvalidOperationException();
        using var run = await CliRun.EndAsync(_controller, "disk", "attach", "web1", "logs");
        Assert.Contains("attaching disk \"logs\" failed: no", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resize", "web1", "logs", "20G")]
    [InlineData("detach", "web1", "logs")]
    [InlineData("remove", "web1", "logs", "--force")]
    [InlineData("list", "web1")]
    public async Task Sends_what_was_typed(params string[] words)
    {
        var instance = WithDisk(1, 1);
        _controller.Instances.Set(instance);
        _controller.Instances.OnUpdateDisk = request => new UpdateDiskResponse
        {
            Instance = request.SizeMib == (words[0] == "resize" ? 20480u : 0u) && request.Detached == (words[0] == "detach") ? instance : throw new InvalidOperationException(),
        };
        _controller.Instances.OnRemoveDisk = request => request.Force ? new RemoveDiskResponse { Instance = instance } : throw new InvalidOperationException();
        using var run = await CliRun.EndAsync(_controller, ["disk", .. words]);
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.Contains("logs", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CDs_are_attached_listed_and_detached()
    {
        var instance = Samples.Ready("web1");
        instance.Spec.Cdroms.Add(new Cdrom { Image = "installer" });
        _controller.Instances.Set(instance);
        _controller.Instances.OnAttachCdrom = r => r.Image == "installer" ? new AttachCdromResponse { Instance = instance } : throw new InvalidOperationException();
        _controller.Instances.OnDetachCdrom = r => r.Image == "installer" ? new DetachCdromResponse { Instance = instance } : throw new InvalidOperationException();
        foreach (var (words, said) in new[] { ("attach web1 installer", "web1: CD installer is attached\n"), ("detach web1 installer", "web1: CD installer is detached\n"), ("list web1", "IMAGE\ninstaller\n") })
        {
            using var run = await CliRun.EndAsync(_controller, ["cdrom", .. words.Split(' ')]);
            Assert.Equal(said, run.Output);
        }
    }

    [Fact]
    public async Task Launch_takes_disks_and_CDs_and_needs_no_image_with_them()
    {
        using var refused = await CliRun.EndAsync(_controller, "launch", "new", "--cdrom", "installer", "--no-wait");
        Assert.Equal(ExitCode.Usage, await refused.Exit);
        using var run = await CliRun.EndAsync(
            _controller, "launch", "new", "--cdrom", "installer", "--disk", "20G", "--data-disk", "10G", "--data-disk", "logs=1G", "--no-wait");
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.True(_controller.Instances.Launches.TryDequeue(out var launch));
        Assert.Equal(
            ("", "installer", "10240 logs:1024"),
            (launch.Spec.Image, launch.Spec.Cdroms.Single().Image, string.Join(' ', launch.Spec.DataDisks.Select(d => d.Name.Length > 0 ? $"{d.Name}:{d.SizeMib}" : $"{d.SizeMib}"))));
    }

    [Fact]
    public async Task Info_shows_disks_and_CDs()
    {
        var instance = WithDisk(1, 1);
        instance.Spec.DataDisks[0].Detached = true;
        instance.Spec.Cdroms.Add(new Cdrom { Image = "installer" });
        _controller.Instances.Set(instance);
        using var run = await CliRun.EndAsync(_controller, "info", "web1");
        Assert.Contains("Data disk:  logs, 10 GiB, detached\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("CD:         installer\n", run.Output, StringComparison.Ordinal);
    }

    private static Instance WithDisk(uint generation, uint observed)
    {
        var instance = Samples.Ready("web1");
        (instance.Generation, instance.Status.ObservedGeneration) = (generation, observed);
        instance.Spec.DataDisks.Add(new DataDisk { Name = "logs", SizeMib = 10240, Generation = generation });
        return instance;
    }
}
