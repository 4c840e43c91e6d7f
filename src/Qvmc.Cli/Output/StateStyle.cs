using Spectre.Console;

namespace Qvmc.Cli.Output;

/// <summary>The colours of words that say how something is.</summary>
internal static class StateStyle
{
    /// <summary>The style of a cell.</summary>
    public static Style Of(string cell) => cell switch
    {
        "RUNNING" or "ready" or "yes" or "ok" => new Style(Color.Green),
        "STARTING" or "STOPPING" or "PAUSED" or "warn" => new Style(Color.Yellow),
        "FAILED" or "UNKNOWN" or "no" or "FAIL" => new Style(Color.Red),
        "STOPPED" or "-" => new Style(Color.Grey),
        _ => Style.Plain,
    };
}
