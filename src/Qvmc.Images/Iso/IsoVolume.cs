namespace Qvmc.Images.Iso;

/// <summary>
/// An ISO 9660 volume with files in its root only, and two further views of them: Joliet and Rock Ridge. ISO 9660
/// (ECMA-119) alone has capitals only, and readers differ in which of the two others they know.
///
/// Sectors: 0 system area; 16 primary descriptor; 17 Joliet's; 18 their end; 19 to 22 path tables, each little- and
/// big-endian; 23 the root for ISO 9660 and Rock Ridge; 24 the root for Joliet; from 25 the files.
/// </summary>
internal static class IsoVolume
{
    internal const int Sector = 2048;
    internal const int PrimaryPathTable = 19, JolietPathTable = 21;
    internal const int PrimaryRoot = 23, JolietRoot = 24;
    private const int PrimaryDescriptor = 16, JolietDescriptor = 17, DescriptorEnd = 18, FirstFile = 25;

    /// <summary>The volume's bytes; the same for the same arguments.</summary>
    internal static byte[] Build(string volumeId, IReadOnlyList<IsoFile> files)
    {
        // Directories are in the order of the names; both kinds of names agree on it.
        var placed = new List<PlacedFile>();
        var next = FirstFile;
        foreach (var file in files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            placed.Add(new PlacedFile(file, next));
            next += Sectors(file.Content.Length);
        }

        var volume = new byte[next * Sector];
        IsoDescriptor.Primary(volumeId, next).CopyTo(volume, PrimaryDescriptor * Sector);
        IsoDescriptor.Joliet(volumeId, next).CopyTo(volume, JolietDescriptor * Sector);
        IsoDescriptor.End().CopyTo(volume, DescriptorEnd * Sector);
        foreach (var (table, root) in ((int, int)[])[(PrimaryPathTable, PrimaryRoot), (JolietPathTable, JolietRoot)])
        {
            IsoDirectory.PathTable(root, bigEndian: false).CopyTo(volume, table * Sector);
            IsoDirectory.PathTable(root, bigEndian: true).CopyTo(volume, (table + 1) * Sector);
        }

        IsoDirectory.Primary(placed).CopyTo(volume, PrimaryRoot * Sector);
        IsoDirectory.Joliet(placed).CopyTo(volume, JolietRoot * Sector);
        placed.ForEach(p => p.File.Content.CopyTo(volume, p.Sector * Sector));
        return volume;
    }

    private static int Sectors(int bytes) => (bytes + Sector - 1) / Sector;
}
