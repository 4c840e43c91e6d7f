using Google.Protobuf;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ExportVerbTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-export-").FullName;
    private FakeController _controller = null!;

    private string Target => Path.Combine(_directory, "disk.qcow2");

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _controller.Instances.Set(Samples.At("web1", Protos.Instance.V1.State.Stopped));
    }

    public async Task DisposeAsync()
    {
        await _controller.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_file_is_there_when_it_is_whole()
    {
        ExportDiskRequest? asked = null;
        _controller.Instances.OnExportDisk = async (request, stream) =>
        {
            asked = request;
            await stream.WriteAsync(new ExportDiskResponse { Progress = 500 });
            await stream.WriteAsync(Header(6));
            await stream.WriteAsync(Chunk("abc"));
            Assert.EndsWith(".partial", Assert.Single(Directory.GetFiles(_directory)), StringComparison.Ordinal);
            await stream.WriteAsync(Chunk("def"));
        };
        using var run = await CliRun.EndAsync(_controller, "export", "web1", Target, "--disk", "logs", "--compress");
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.Equal(("logs", ImageFormat.Qcow2, true), (asked!.Disk, asked.Format, asked.Compress));
        Assert.Equal("abcdef", await File.ReadAllTextAsync(Target));
        Assert.Equal([Target], Directory.GetFiles(_directory));
        Assert.Contains("web1: reading the disk", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_breaks_off_leaves_no_file()
    {
        _controller.Instances.OnExportDisk = async (_, stream) =>
        {
            await stream.WriteAsync(Header(6));
            await stream.WriteAsync(Chunk("abc"));
        };
        using var cut = await CliRun.EndAsync(_controller, "export", "web1", Target);
        Assert.NotEqual(ExitCode.Success, await cut.Exit);
        Assert.Contains("broke off after 3 bytes of 6 bytes", cut.Error, StringComparison.Ordinal);

        _controller.Instances.OnExportDisk = (_, _) => throw FaultStatus.ToRpc(new FaultException(FaultCode.FailedPrecondition, "it runs: stop it first"));
        using var refused = await CliRun.EndAsync(_controller, "export", "web1", Target);
        Assert.Equal(ExitCode.Conflict, await refused.Exit);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_by_force_only()
    {
        await File.WriteAllTextAsync(Target, "mine");
        _controller.Instances.OnExportDisk = async (_, stream) =>
        {
            await stream.WriteAsync(Header(3));
            await stream.WriteAsync(Chunk("new"));
        };
        using var refused = await CliRun.EndAsync(_controller, "export", "web1", Target);
        Assert.Equal((ExitCode.Conflict, "mine"), (await refused.Exit, await File.ReadAllTextAsync(Target)));
        using var forced = await CliRun.EndAsync(_controller, "export", "web1", Target, "--force");
        Assert.Equal((ExitCode.Success, "new"), (await forced.Exit, await File.ReadAllTextAsync(Target)));
    }

    [Fact]
    public async Task A_dash_is_standard_output()
    {
        _controller.Instances.OnExportDisk = async (_, stream) =>
        {
            await stream.WriteAsync(Header(3));
            await stream.WriteAsync(Chunk("new"));
        };
        using var run = await CliRun.EndAsync(_controller, "export", "web1", "-", "--format", "raw");
        Assert.Equal((ExitCode.Success, "new"), (await run.Exit, run.Output));
        using var both = await CliRun.EndAsync(_controller, "export", "web1", "-", "--format", "raw", "--compress");
        Assert.Equal(ExitCode.Usage, await both.Exit);
    }

    private static ExportDiskResponse Header(ulong bytes) => new() { Header = new DiskExport { Format = ImageFormat.Qcow2, SizeBytes = bytes } };

    private static ExportDiskResponse Chunk(string text) => new() { Chunk = ByteString.CopyFromUtf8(text) };
}
