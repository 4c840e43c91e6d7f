using System.Globalization;
using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Doctor;

/// <summary>Memory and clock.</summary>
internal static class HostChecks
{
    private const ulong LittleMemory = 1UL << 30;

    // Certificates, leases and cloud-init all go wrong under a clock that was never set. No build is older than this.
    private static readonly DateTimeOffset Earliest = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether there is memory for guests.</summary>
    /// <param name="memInfo">Text of /proc/meminfo.</param>
    public static Finding Memory(string memInfo)
    {
        const string check = "memory";
        if (Kib(memInfo, "MemAvailable:") is not { } available || Kib(memInfo, "MemTotal:") is not { } total)
        {
            return new Finding(check, Outcome.Warn, "can't be told: /proc/meminfo has no MemAvailable");
        }

        var detail = $"{SizeText.OfBytes(available)} of {SizeText.OfBytes(total)} available";
        return available >= LittleMemory
            ? Finding.Ok(check, detail)
            : new Finding(check, Outcome.Warn, $"{detail}; a guest takes 1 GiB unless it is told otherwise", "end other programs, or launch with a small --memory");
    }

    /// <summary>Whether the clock was ever set.</summary>
    public static Finding Clock(DateTimeOffset now)
    {
        var text = now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        return now >= Earliest
            ? Finding.Ok("clock", text)
            : new Finding("clock", Outcome.Fail, $"{text} can't be right", OperatingSystem.IsMacOS() ? "sudo sntp -sS time.apple.com" : "sudo timedatectl set-ntp true");
    }

    private static ulong? Kib(string memInfo, string field)
    {
        var line = memInfo.Split('\n').FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        var parts = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts is [_, var number, ..] && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib << 10 : null;
    }
}
