using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Images in words.</summary>
internal static class ImageText
{
    // As long as people compare by eye.
    private const int ShortDigits = 12;

    /// <summary>Whether bytes are on their way, even if older ones can be used meanwhile.</summary>
    public static bool IsComing(Image image) => image.State is ImageState.Pulling or ImageState.Preparing || (image.State == ImageState.Ready && image.Progress is not null);

    /// <summary>A word for a column: "ready", "pulling 42%", "failed".</summary>
    public static string State(Image image) => image.State switch
    {
        ImageState.Unspecified => "",
        ImageState.Ready when image.Progress is not null => $"ready, pulling{Percent(image.Progress)}",
        ImageState.Ready when image.Error.Length > 0 => "ready, old",
        ImageState.Ready => "ready",
        ImageState.Pulling => $"pulling{Percent(image.Progress)}",
        ImageState.Preparing => "preparing",
        ImageState.Failed => "failed",
    };

    /// <summary>Shows how far a pull is.</summary>
    /// <param name="display">Where.</param>
    /// <param name="subject">The line it is shown on.</param>
    /// <param name="image">What is pulled.</param>
    /// <param name="what">What "pulling" and "preparing" speak of, if not of the line's subject: " debian:13".</param>
    public static void Show(IStageDisplay display, string subject, Image image, string what = "")
    {
        var progress = image.Progress ?? new ImageProgress();
        if (progress.Trouble.Length > 0)
        {
            display.Show(subject, $"pulling{what}: {progress.Trouble}");
        }
        else if (image.State == ImageState.Preparing)
        {
            display.Show(subject, $"checking and converting{what}");
        }
        else
        {
            display.Show(subject, $"pulling{what}", progress.DoneBytes, progress.TotalBytes);
        }
    }

    /// <summary>Where it came from, for a column: the catalogue's entry, a URL, or "imported".</summary>
    public static string Source(Image image) => image.Source switch
    {
        { CatalogEntry.Length: > 0 } source when source.CatalogEntry != image.Name => source.CatalogEntry,
        { CatalogEntry.Length: > 0 } => "catalogue",
        { Url.Length: > 0 } source => source.Url,
        _ => "imported",
    };

    /// <summary>"qcow2"; "-" in a table when it is not known.</summary>
    public static string Format(ImageFormat format) => format == ImageFormat.Unspecified ? "" : format.ToString().ToLowerInvariant();

    /// <summary>Whether the guest agent is in an image; empty: nobody knows.</summary>
    public static string Agent(GuestAgent agent) => agent switch
    {
        GuestAgent.Unspecified => "",
        GuestAgent.Present => "is in it",
        GuestAgent.Absent => "installed at the first boot",
    };

    /// <summary>Prints a fact, if there is one.</summary>
    public static void Line(Terminal terminal, string label, string value)
    {
        if (value.Length > 0)
        {
            terminal.Out.Write($"{label,-11} {Plain.Line(value)}\n");
        }
    }

    /// <summary>The first digits of a digest, without its algorithm.</summary>
    public static string ShortDigest(string digest)
    {
        var digits = digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return digits.Length > ShortDigits ? digits[..ShortDigits] : digits;
    }

    private static string Percent(ImageProgress? progress) => progress is { TotalBytes: > 0 } ? $" {TransferText.Percent(progress.DoneBytes, progress.TotalBytes)}%" : "";
}
