using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>One with an image of its own.</summary>
public abstract class ImageScenario : Scenario
{
    private static int _mark = 1;

    protected ImageScenario(FaultCluster cluster)
        : base(cluster) => Bytes = RawDisk.Of(Interlocked.Increment(ref _mark));

    protected byte[] Bytes { get; }

    public override async Task CheckAsync()
    {
        var image = (await Cluster.Images.GetImageAsync(new GetImageRequest { Name = Name }, FaultCluster.Within())).Image;
        Assert.Equal(ImageState.Ready, image.State);
        using var verify = Cluster.Images.VerifyImage(new VerifyImageRequest { Name = Name }, FaultCluster.Within());
        var verdict = ImageVerdict.Unspecified;
        while (await verify.ResponseStream.MoveNext(CancellationToken.None))
        {
            verdict = verify.ResponseStream.Current.Verdict;
        }

        Assert.Equal(ImageVerdict.Sound, verdict);
    }

    public override Task CleanAsync() => DeleteAsync();

    protected Task DeleteAsync() => ClientCalls.GoneAsync(
        () => Cluster.Images.DeleteImageAsync(new DeleteImageRequest { Name = Name }, FaultCluster.Within()).ResponseAsync);
}
