using Qvmc.Core.Instances;

namespace Qvmc.Controller.Images;

/// <summary>What instances that wait for an image are told of it.</summary>
internal static class ImageWaits
{
    // Each step is a change of every instance that waits.
    private const long StepPercent = 5;
    private const long StepBytes = 64 << 20;

    /// <summary>Of what there is under a name.</summary>
    public static ImageWait? Of(ImageEntry? entry) => entry switch
    {
        { Stored: { } stored } => new ImageWait(ImageArrival.Here, stored.Record, "", stored.Record.CreateTime),
        { Pull: { HasFailed: true } pull } => new ImageWait(
            ImageArrival.Failed, null, $"image {Shown.Quote(pull.Record.Name)} could not be pulled: {pull.Record.Error}", pull.Record.CreateTime),
        { Pull: { } pull } => new ImageWait(ImageArrival.Coming, null, Progress(pull), pull.Record.CreateTime),
        _ => null,
    };

    private static string Progress(PullState pull)
    {
        var name = Shown.Quote(pull.Record.Name);
        var trouble = pull.Trouble.Length > 0 ? $"; {pull.Trouble}" : "";
        return pull.Step switch
        {
            PullStep.Queued => $"image {name} waits to be pulled{trouble}",
            PullStep.Downloading => $"image {name} is being pulled: {Amount(pull)}{trouble}",
            PullStep.Preparing => $"image {name} was pulled and is being checked and converted{trouble}",
        };
    }

    private static string Amount(PullState pull) => pull.Total is > 0 and { } total
        ? $"{pull.Done * 100 / total / StepPercent * StepPercent} % of {Mebibytes(total)}"
        : $"{Mebibytes(pull.Done / StepBytes * StepBytes)} so far";

    private static string Mebibytes(long bytes) => $"{(bytes + (1 << 20) - 1) >> 20} MiB";
}
