using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>Keeps what was chosen for a network: <c>STATE/networks/NAME.json</c>.</summary>
internal sealed class NetworkChoicesFile(string directory, string network)
{
    private readonly StateFile _file = new(Path.Combine(directory, network + ".json"));

    /// <summary>Names of the networks that something was chosen for.</summary>
    internal static IReadOnlyList<string> Networks(string directory) => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Where(Core.Instances.DnsLabel.Is)]
        : [];

    internal NetworkChoices Load()
    {
        var content = _file.Load();
        return new NetworkChoices
        {
            Subnet = Network(content, "subnet"),
            Subnet6 = Network(content, "subnet6"),
            Mac = Text(content, "mac"),
            Bridge = Text(content, "bridge"),
            IsDown = content["down"]?.GetValueKind() == JsonValueKind.True,
        };
    }

    /// <exception cref="Core.Faults.FaultException">The disk is full.</exception>
    internal void Save(NetworkChoices choices) => _file.Save(new JsonObject
    {
        ["subnet"] = choices.Subnet?.ToString() ?? "",
        ["subnet6"] = choices.Subnet6?.ToString() ?? "",
        ["mac"] = choices.Mac,
        ["bridge"] = choices.Bridge,
        ["down"] = choices.IsDown,
    });

    internal void Delete() => _file.Delete();

    private static string Text(JsonObject content, string name) =>
        content[name] is { } value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "";

    private static IPNetwork? Network(JsonObject content, string name) =>
        IPNetwork.TryParse(Text(content, name), out var network) ? network : null;
}
