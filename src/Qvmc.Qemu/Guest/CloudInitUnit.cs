using System.Text;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Guest;

/// <summary>
/// What systemd says of the unit that brings cloud-init to its end: its files don't tell when it was killed, or never
/// came that far. It has had this name in all versions (systemd/cloud-final.service), and is of type "oneshot": active
/// when its program has ended.
/// </summary>
/// <param name="LoadState">"loaded", "not-found", ...; empty: nothing was said.</param>
/// <param name="ActiveState">"inactive", "activating", "active", "failed", ...</param>
/// <param name="Result">How it failed: "signal", "exit-code", "oom-kill", ...</param>
/// <param name="IsQueued">It will be started or stopped: while the guest boots, most units are.</param>
internal sealed record CloudInitUnit(string LoadState, string ActiveState, string Result, bool IsQueued)
{
    private const string Name = "cloud-final.service";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Why there will be no result, as a sentence; null while there may be one.</summary>
    internal string? Over => ActiveState switch
    {
        "failed" => $"{Name} failed ({CloudInitText.Clean(Result, 40)})",
        "active" => $"{Name} has ended",
        "inactive" when !IsQueued => $"{Name} does not run and is not going to",
        _ => null,
    };

    /// <summary>Asks the guest's systemd.</summary>
    /// <returns>What it says, or why it can't be asked.</returns>
    /// <exception cref="QgaTimeoutException">The agent does not answer.</exception>
    /// <exception cref="QgaDisconnectedException">The connection has ended.</exception>
    internal static async Task<(CloudInitUnit? Unit, string Trouble)> AskAsync(QgaSession agent, CancellationToken ct)
    {
        try
        {
            var shown = await agent.ExecAsync(
                "systemctl", ["show", "--property=LoadState,ActiveState,Result,Job", Name], ["LC_ALL=C"], limit: Limit, ct: ct);
            return shown.ExitCode != 0
                ? (null, shown.Stderr.Length > 0 ? Encoding.UTF8.GetString(shown.Stderr) : "systemctl failed")
                : Parse(Encoding.UTF8.GetString(shown.Stdout)) is { LoadState: "loaded" } unit ? (unit, "") : (null, $"it does not know {Name}");
        }
        catch (Exception e) when (e is QgaCommandException or QgaProtocolException or QgaTimeoutException { Command: "guest-exec-status" })
        {
            return (null, e.Message);
        }
    }

    /// <summary>Reads lines of <c>NAME=VALUE</c>; the number of a job is left out or 0 when there is none.</summary>
    internal static CloudInitUnit Parse(string shown)
    {
        var lines = shown.Split('\n', StringSplitOptions.TrimEntries);
        return new CloudInitUnit(Value("LoadState"), Value("ActiveState"), Value("Result"), Value("Job") is not ("" or "0"));

        string Value(string name) => lines.FirstOrDefault(l => l.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";
    }
}
