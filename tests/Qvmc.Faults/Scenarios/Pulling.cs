using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>A pull.</summary>
public sealed class Pulling : ImageScenario
{
    private readonly ImageSource _source;

    public Pulling(FaultCluster cluster)
        : base(cluster) => _source = new ImageSource(cluster.Root, Name, Bytes);

    public override Task PrepareAsync() => _source.StartAsync();

    public override async Task ActAsync() => await Cluster.Images.PullImageAsync(
        new PullImageRequest { Name = Name, Url = _source.Url, Format = ImageFormat.Raw, Wait = true }, FaultCluster.Within());

    public override async Task CleanAsync()
    {
        await base.CleanAsync();
        await _source.StopAsync();
    }
}
