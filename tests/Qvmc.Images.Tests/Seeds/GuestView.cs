using System.Text;
using System.Text.Json;
using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Images.Tests.Seeds;

/// <summary>A seed as the real cloud-init reads it: through its datasource and its handlers of user-data.</summary>
internal sealed class GuestView
{
    private const string Python = "/usr/bin/python3";
    private readonly JsonElement _read;

    private GuestView(JsonElement read, string userData)
    {
        _read = read;
        UserData = userData;
    }

    /// <summary>Why it can't be asked here; null when it can.</summary>
    internal static string? Missing { get; } =
        File.Exists(Python) && Shell.Try(Python, "-c", "import cloudinit").ExitCode == 0 ? null : "there is no cloud-init: run scripts/deps.sh test";

    /// <summary>The user-data as it lies in the seed.</summary>
    internal string UserData { get; }

    internal string Id => Text("id");

    internal string Hostname => Text("hostname");

    internal string[] Keys => [.. _read.GetProperty("keys").EnumerateArray().Select(k => k.GetString()!)];

    internal string[] Warnings => [.. _read.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];

    /// <summary>The scripts that the guest would run, in that order.</summary>
    internal string[] ScriptNames => [.. _read.GetProperty("scripts").EnumerateObject().Select(s => s.Name)];

    /// <summary>What cloud-init's schema finds wrong with the merged configuration.</summary>
    internal string? Complaint => _read.GetProperty("complaint").GetString();

    internal string Script(string name) => _read.GetProperty("scripts").GetProperty(name).GetString()!;

    /// <summary>A key of the merged configuration as JSON; empty when there is none.</summary>
    internal string Config(string key) =>
        _read.GetProperty("config").TryGetProperty(key, out var value) ? value.GetRawText().Replace(" ", "", StringComparison.Ordinal) : "";

    /// <summary>Writes a seed and reads it.</summary>
    internal static async Task<GuestView> OfAsync(Spec cloudInit, bool installAgent = false)
    {
        using var directory = new TestDirectory();
        var iso = directory.File("seed.iso");
        await SeedVolume.WriteAsync(iso, new SeedContent("abcdefghijkl", "web1", cloudInit, [], installAgent), CancellationToken.None);
        var seed = Directory.CreateDirectory(directory.File("seed")).FullName;
        var state = Directory.CreateDirectory(directory.File("state")).FullName;
        foreach (var name in new[] { "meta-data", "user-data" })
        {
            File.WriteAllBytes(Path.Combine(seed, name), Shell.Bytes("isoinfo", "-R", "-x", "/" + name, "-i", iso));
        }

        var json = Shell.Bytes(Python, Path.Combine(AppContext.BaseDirectory, "Seeds", "read-seed.py"), seed, state);
        return new GuestView(JsonElement.Parse(json), File.ReadAllText(Path.Combine(seed, "user-data"), Encoding.UTF8));
    }

    private string Text(string name) => _read.GetProperty(name).GetString()!;
}
