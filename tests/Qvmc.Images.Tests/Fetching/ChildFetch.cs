using System.Diagnostics;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>A fetch in a process of its own.</summary>
internal static class ChildFetch
{
    internal static string[] Command(string directory, Uri url, Checksum? checksum) =>
        [Environment.ProcessPath!, "exec", typeof(ChildFetch).Assembly.Location, "fetch", directory, url.AbsoluteUri, .. checksum is null ? Array.Empty<string>() : [checksum.ToString()!]];

    internal static Process Start(string[] command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        foreach (var name in start.Environment.Keys.Where(k => k.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    internal static async Task<string> EndAsync(this Process process)
    {
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Fetcher.Limit);
        await process.WaitForExitAsync().WaitAsync(Fetcher.Limit);
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
