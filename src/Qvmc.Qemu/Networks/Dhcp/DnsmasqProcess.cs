using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>A dnsmasq that runs, and how the next daemon finds it.</summary>
/// <param name="Handle">It.</param>
/// <param name="Digest">Of the launch that it was started with; empty: not known.</param>
/// <param name="Started">When; null: not known.</param>
internal sealed record DnsmasqProcess(ProcessHandle Handle, string Digest, DateTimeOffset? Started)
{
    /// <summary>Starts one.</summary>
    /// <exception cref="Os.OsException">It can't be started.</exception>
    internal static DnsmasqProcess Start(DnsmasqLaunch launch, DhcpPaths paths, DateTimeOffset now)
    {
        var handle = DetachedProcess.Start(new DetachedStart
        {
            Program = launch.Program,
            Arguments = launch.Arguments,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C" },
            WorkingDirectory = "/",
            OutputPath = paths.Log,
        });
        var process = new DnsmasqProcess(handle, launch.Digest, now);
        WholeFile.Write(paths.Process, new JsonObject
        {
            ["pid"] = handle.Identity.Pid,
            ["start_ticks"] = handle.Identity.StartTicks,
            ["boot_id"] = HostBoot.Id,
            ["launch"] = launch.Digest,
            ["start_time"] = now.ToString("O", CultureInfo.InvariantCulture),
        }.ToJsonString() + "\n");
        return process;
    }

    /// <summary>The one that an earlier daemon has started, or null. If that daemon died before it took note, by its command line.</summary>
    internal static DnsmasqProcess? Find(DhcpPaths paths) => FindByRecord(paths) ?? FindByCommandLine(paths);

    /// <summary>Its program was replaced since, by an upgrade; or it is just dying.</summary>
    internal bool IsOutdated
    {
        get
        {
            try
            {
                return new FileInfo($"/proc/{Handle.Identity.Pid}/exe").LinkTarget?.EndsWith(" (deleted)", StringComparison.Ordinal) ?? true;
            }
            catch (UnauthorizedAccessException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    private static DnsmasqProcess? FindByRecord(DhcpPaths paths)
    {
        try
        {
            if (WholeFile.Read(paths.Process) is { } text && JsonNode.Parse(text) is JsonObject record
                && (string?)record["boot_id"] == HostBoot.Id && (int?)record["pid"] is { } pid && (ulong?)record["start_ticks"] is { } ticks
                && ProcessHandle.Open(new ProcessIdentity(pid, ticks)) is { } handle)
            {
                var started = DateTimeOffset.TryParse((string?)record["start_time"], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time);
                return new DnsmasqProcess(handle, (string?)record["launch"] ?? "", started ? time : null);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Not ours, or of another version: the command line tells.
        }

        return null;
    }

    private static DnsmasqProcess? FindByCommandLine(DhcpPaths paths)
    {
        var argument = DnsmasqLaunch.ConfigurationArgument(paths);
        return Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid != 0 && (WholeFile.Read($"/proc/{pid}/cmdline") ?? "").Split('\0').Contains(argument))
            .Select(pid => ProcessIdentity.Of(pid) is { } identity ? ProcessHandle.Open(identity) : null)
            .FirstOrDefault(h => h is not null) is { } handle
                ? new DnsmasqProcess(handle, "", null)
                : null;
    }
}
