using Qvmc.Core.Instances;

namespace Qvmc.Core.CloudInit;

/// <summary>Which network configurations cloud-init reads: YAML of version 1 or 2, perhaps under "network:".</summary>
internal static class NetworkConfigRules
{
    /// <summary>Why it is refused, or null. An empty one is none.</summary>
    internal static string? Refuse(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        var (root, fault) = YamlReader.Read(text);
        if (fault is not null)
        {
            return fault;
        }

        if (root is not { Kind: YamlKind.Mapping })
        {
            return $"{root?.Place ?? "line 1, column 1"}: must be keys and values that begin with \"version: 2\" (or 1)";
        }

        if (root.Repeated() is { } repeated)
        {
            return repeated;
        }

        var config = root["network"] ?? root;
        if (config.Kind != YamlKind.Mapping)
        {
            return $"{config.Place}: under \"network:\" must be keys and values that begin with \"version: 2\" (or 1)";
        }

        return config.Repeated() ?? RefuseConfig(config);
    }

    private static string? RefuseConfig(YamlValue config)
    {
        if (config["config"] is { Text: "disabled" })
        {
            return null;
        }

        return config["version"] switch
        {
            null => $"{config.Place}: has no \"version\"; give \"version: 2\" (or 1)",
            { Text: "2" } => null,
            { Text: "1" } => config["config"] is { Kind: YamlKind.Sequence } ? null : $"{config.Place}: version 1 needs a list under \"config:\"",
            var other => $"{other.Place}: the version must be 1 or 2{(other.Text is { Length: < 20 } text ? $", and is {Shown.Quote(text)}" : "")}",
        };
    }
}
