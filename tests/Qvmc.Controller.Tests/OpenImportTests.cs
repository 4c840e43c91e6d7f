using System.IO.Pipes;
using System.Security.Cryptography;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

/// <summary>Files that are handed over open; the caller is this very process.</summary>
public sealed class OpenImportTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task What_is_read_is_what_the_file_has_wherever_it_stands()
    {
        await using var world = await StartAsync();
        var bytes = ImageServer.Bytes(3);
        await File.WriteAllBytesAsync(_file, bytes);
        await using var file = Open();
        file.Position = bytes.Length / 2;
        var answers = await ImportAsync(world, new UploadHeader { Name = "over:1", SizeBytes = (ulong)bytes.Length, Digest = Digest(bytes) }, Descriptor(file));
        Assert.Equal((ImageState.Ready, Digest(bytes), "over:1"), (answers[^1].Image.State, answers[^1].Image.Source.Checksum, answers[^1].Image.Name));
        Assert.All(answers[..^1], a => Assert.Equal((ulong)bytes.Length, a.Progress.TotalBytes));
        Assert.Equal(bytes.Length / 2, file.Position);
    }

    [Fact]
    public async Task A_raw_disk_is_converted_and_summed_once_unless_its_checksum_is_given()
    {
        await using var world = await StartAsync();
        var raw = new byte[4 << 20];
        RandomNumberGenerator.Fill(raw.AsSpan(0, 1 << 20));
        await File.WriteAllBytesAsync(_file, raw);
        await using var file = Open();
        var image = (await ImportAsync(world, new UploadHeader { Name = "a", Format = ImageFormat.Raw }, Descriptor(file)))[^1].Image;
        Assert.Equal((ImageFormat.Qcow2, ImageFormat.Raw, ""), (image.Format, image.Source.Format, image.Source.Checksum));
        var same = (await ImportAsync(world, new UploadHeader { Name = "b", Format = ImageFormat.Raw, Digest = Digest(raw) }, Descriptor(file)))[^1].Image;
        Assert.Equal((image.Digest, Digest(raw)), (same.Digest, same.Source.Checksum));
        var wrong = await FaultOf(() => ImportAsync(world, new UploadHeader { Name = "c", Format = ImageFormat.Raw, Digest = $"sha256:{new string('0', 64)}" }, Descriptor(file)));
        Assert.Equal(FaultCode.InvalidArgument, wrong.Code);
        var grown = await FaultOf(() => ImportAsync(world, new UploadHeader { Name = "d", Format = ImageFormat.Raw, SizeBytes = 1 << 20 }, Descriptor(file)));
        Assert.Contains("more than the 1048576 bytes", grown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_file_of_the_callers_is_refused()
    {
        await using var world = await StartAsync();
        using var pipe = new AnonymousPipeServerStream();
        foreach (var descriptor in new[] { -1, 1_000_000, (int)pipe.ClientSafePipeHandle.DangerousGetHandle() })
        {
            var refused = await FaultOf(() => ImportAsync(world, new UploadHeader { Name = "x" }, descriptor));
            Assert.Equal(FaultCode.PermissionDenied, refused.Code);
            Assert.Contains($"descriptor {descriptor} of process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => ImportAsync(world, null, 0))).Code);
        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => ImportAsync(world, new UploadHeader { Name = "../x" }, 0))).Code);
    }

    [Fact]
    public async Task Nothing_is_left_when_the_caller_gives_up()
    {
        await using var world = await StartAsync();
        await using (var large = new FileStream(_file, FileMode.Create))
        {
            large.SetLength(64L << 30);
        }

        // A hole that nobody sums would be gone past in no time.
        var header = new UploadHeader { Name = "y", Format = ImageFormat.Raw, Digest = $"sha256:{new string('0', 64)}" };
        await using var file = Open();
        using (var call = world.Images.ImportOpenFile(new ImportOpenFileRequest { Header = header, FileDescriptor = Descriptor(file) }, Within()))
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.True(call.ResponseStream.Current.Progress.DoneBytes > 0);
        }

        using var limit = new CancellationTokenSource(Limits.Test);
        while (PullTests.Partials(world).Length > 0)
        {
            await Task.Delay(20, limit.Token);
        }

        Assert.DoesNotContain((await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images, i => i.Name.StartsWith('y'));
    }

    private FileStream Open() => new(_file, FileMode.Open, FileAccess.Read);

    private static int Descriptor(FileStream file) => (int)file.SafeFileHandle.DangerousGetHandle();

    private static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    private static async Task<List<ImportOpenFileResponse>> ImportAsync(ControllerHarness world, UploadHeader? header, int descriptor)
    {
        using var call = world.Images.ImportOpenFile(new ImportOpenFileRequest { Header = header, FileDescriptor = descriptor }, Within());
        return await call.ResponseStream.ReadAllAsync().ToListAsync();
    }
}
