namespace Qvmc.Images.Iso;

/// <summary>A file in the volume's root.</summary>
/// <param name="Name">Lowercase ASCII letters, digits and '-'. Joliet and Rock Ridge show it so.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record IsoFile(string Name, byte[] Content)
{
    /// <summary>For readers of plain ISO 9660: eight capitals, no dash. Must differ among the files of a volume.</summary>
    internal string ShortName
    {
        get
        {
            var plain = Name.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
            return plain[..Math.Min(8, plain.Length)] + ".;1";
        }
    }
}
