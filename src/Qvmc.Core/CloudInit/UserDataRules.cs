namespace Qvmc.Core.CloudInit;

/// <summary>
/// Which user-data cloud-init acts on. It goes by the beginning: what it does not know it drops with a line in its
/// log. YAML is read through; scripts, templates and parts are the guest's to judge.
/// </summary>
internal static class UserDataRules
{
    // cloudinit/user_data.py looks for the header of a MIME message in so much of the beginning.
    private const int MimeSearchLength = 4096;

    // Known by cloudinit/handlers, and not YAML, or YAML only after a template is filled in. "#cloud-config-jsonp" is
    // a JSON patch.
    private static readonly string[] Unread =
    [
        "#!", "#include", "#part-handler", "#cloud-boothook", "#cloud-config-jsonp", "## template: jinja",
    ];

    /// <summary>Why it is refused, or null. Empty user-data is none.</summary>
    internal static string? Refuse(string text)
    {
        if (text.Length == 0 || IsMime(text) || Unread.Any(header => text.StartsWith(header, StringComparison.Ordinal)))
        {
            return null;
        }

        if (text.StartsWith("#cloud-config-archive", StringComparison.Ordinal))
        {
            return RefuseYaml(text, YamlKind.Sequence, "a list of parts");
        }

        return text.StartsWith("#cloud-config", StringComparison.Ordinal)
            ? RefuseYaml(text, YamlKind.Mapping, "keys and values (\"packages: [...]\")")
            : RefuseHeader(text);
    }

    /// <summary>
    /// Why packages can't be given beside it, or null: cloud-init joins lists, and of a list and something else it keeps
    /// what the user-data says.
    /// </summary>
    internal static string? RefusePackagesBeside(string text)
    {
        if (!IsCloudConfig(text) || YamlReader.Read(text).Root is not { Kind: YamlKind.Mapping } root)
        {
            return null;
        }

        return root["packages"] is { Kind: not YamlKind.Sequence } other
            ? $"can't join what the user-data has under \"packages:\" ({other.Place}), which is no list; make it one, or leave it out"
            : null;
    }

    // Its other headers begin with the same letters.
    private static bool IsCloudConfig(string text) =>
        text.StartsWith("#cloud-config", StringComparison.Ordinal)
        && !text.StartsWith("#cloud-config-archive", StringComparison.Ordinal)
        && !text.StartsWith("#cloud-config-jsonp", StringComparison.Ordinal);

    /// <summary>
    /// Whether it is a MIME message. One that begins with '#' has no headers, whatever it says further on: cloud-init
    /// goes by its beginning then.
    /// </summary>
    internal static bool IsMime(string text) =>
        !text.StartsWith('#') && text.AsSpan(0, Math.Min(text.Length, MimeSearchLength)).Contains("mime-version:", StringComparison.OrdinalIgnoreCase);

    private static string? RefuseYaml(string text, YamlKind kind, string content)
    {
        var (root, fault) = YamlReader.Read(text);
        return (fault, root) switch
        {
            ({ } message, _) => message,

            // Only comments: nothing to do, which cloud-init takes.
            (null, null) => null,
            (null, { } value) when value.Kind != kind => $"{value.Place}: the YAML after the first line must be {content}",
            (null, { } value) => value.Repeated(),
        };
    }

    private static string RefuseHeader(string text)
    {
        const string remedy = "the first line must be \"#cloud-config\" with YAML after it, or begin with \"#!\"";
        var line = text.Split('\n', 2)[0].TrimEnd('\r');
        if (text.TrimStart('\ufeff', ' ', '\t', '\r', '\n') is var rest && rest.Length < text.Length && (rest.Length == 0 || Refuse(rest) is null))
        {
            return $"begins with white space or a byte order mark, which cloud-init does not skip; {remedy}";
        }

        if (line.Replace(" ", "", StringComparison.Ordinal).StartsWith("#cloud-config", StringComparison.OrdinalIgnoreCase))
        {
            return $"begins with \"{Short(line)}\"; write \"#cloud-config\", in small letters and without spaces";
        }

        return $"begins with \"{Short(line)}\", which cloud-init would ignore; {remedy}";
    }

    private static string Short(string line)
    {
        var shown = new string([.. line.Take(40).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return line.Length > 40 ? shown + "..." : shown;
    }
}
