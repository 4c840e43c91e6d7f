using Spectre.Console;

namespace Qvmc.Cli.Output;

/// <summary>The colours of words that say how something is.</summary>
internal static class StateStyle
{
    /// <summary>The style of a cell.</summary>
    public static Style Of(string cell) => cell switch
    {
        "RUNNING" or "READY" or "ready" or "yes" or "ok" => new Style(Color.Green),
        "STARTING" or "STOPPING" or "PAUSED" or "warn" or "preparing" => new Style(Color.Yellow),
        "FAILED" or "UNKNOWN" or "no" or "FAIL" or "failed" => new Style(Color.Red),
        "STOPPED" or "DOWN" or "-" => new Style(Color.Grey),
        _ => Style.Plain,
    };
}
