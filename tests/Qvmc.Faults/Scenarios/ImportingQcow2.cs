using Qvmc.EndToEnd.Cluster;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>An upload in one stream of an image that is kept as it came.</summary>
public sealed class ImportingQcow2(FaultCluster cluster) : ImageScenario(cluster)
{
    private byte[] _image = [];

    public override async Task PrepareAsync()
    {
        var raw = Path.Combine(Cluster.Root, $"{Name}.raw");
        var image = Path.Combine(Cluster.Root, $"{Name}.qcow2");
        await File.WriteAllBytesAsync(raw, Bytes);
        (await CommandResult.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image)).Expect();
        _image = await File.ReadAllBytesAsync(image);
        File.Delete(raw);
        File.Delete(image);
    }

    public override Task ActAsync() => Cluster.UploadAsync(Name, _image, ImageFormat.Qcow2);
}
