using System.Security.Cryptography;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>A launch from an image of the catalogue that is not here yet.</summary>
public sealed class LaunchPulling : Launching
{
    private static int _mark = 1 << 20;
    private readonly byte[] _bytes = RawDisk.Of(Interlocked.Increment(ref _mark));
    private readonly ImageSource _source;

    public LaunchPulling(FaultCluster cluster)
        : base(cluster) => _source = new ImageSource(cluster.Root, Name, _bytes);

    protected override string Image => $"image-{Name}:1";

    public override async Task PrepareAsync()
    {
        await _source.StartAsync();
        Cluster.WriteCatalogue($$"""
            { "images": [ { "name": "{{Image}}", "latest": true, "guest_agent": "GUEST_AGENT_PRESENT", "files": [
                { "arch": "x86_64", "format": "IMAGE_FORMAT_RAW", "url": "{{_source.Url}}", "checksum": "sha256:{{Convert.ToHexStringLower(SHA256.HashData(_bytes))}}" } ] } ] }
            """);
    }

    public override async Task CleanAsync()
    {
        await base.CleanAsync();
        await ClientCalls.GoneAsync(() => Cluster.Images.DeleteImageAsync(new DeleteImageRequest { Name = Image }, FaultCluster.Within()).ResponseAsync);
        await _source.StopAsync();
    }
}
