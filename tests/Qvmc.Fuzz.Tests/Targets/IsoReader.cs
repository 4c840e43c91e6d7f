using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>Reads the files of an ISO 9660 volume's root by ECMA-119, in each of the views that it has.</summary>
internal static class IsoReader
{
    private const int Sector = 2048, PrimaryDescriptor = 1, JolietDescriptor = 2, End = 255;

    /// <summary>For each descriptor the files by their names: plain, Joliet's, and Rock Ridge's beside the plain ones.</summary>
    public static List<Dictionary<string, byte[]>> Views(byte[] volume)
    {
        var views = new List<Dictionary<string, byte[]>>();
        for (var sector = 16; volume[sector * Sector] != End; sector++)
        {
            var descriptor = volume.AsSpan(sector * Sector, Sector);
            Assert.True(descriptor[1..6].SequenceEqual("CD001"u8));
            Assert.Equal(volume.Length / Sector, (int)Both32(descriptor[80..]));
            var isJoliet = descriptor[0] == JolietDescriptor;
            Assert.True(isJoliet || descriptor[0] == PrimaryDescriptor);
            var root = descriptor[156..];
            views.Add(Directory(volume, (int)Both32(root[2..]), (int)Both32(root[10..]), isJoliet, rockRidge: false));
            if (!isJoliet)
            {
                views.Add(Directory(volume, (int)Both32(root[2..]), (int)Both32(root[10..]), isJoliet, rockRidge: true));
            }
        }

        return views;
    }

    private static Dictionary<string, byte[]> Directory(byte[] volume, int sector, int length, bool isJoliet, bool rockRidge)
    {
        var files = new Dictionary<string, byte[]>();
        var bytes = volume.AsSpan(sector * Sector, length);
        for (var at = 0; at < length && bytes[at] > 0; at += bytes[at])
        {
            var record = bytes.Slice(at, bytes[at]);
            var name = record.Slice(33, record[32]);
            if (name.Length == 1 && name[0] <= 1)
            {
                continue;
            }

            var text = rockRidge ? RockRidgeName(record[(33 + name.Length + (name.Length % 2 == 0 ? 1 : 0))..]) : isJoliet ? Encoding.BigEndianUnicode.GetString(name).Replace(";1", "", StringComparison.Ordinal) : Encoding.ASCII.GetString(name);
            files.Add(text, volume.AsSpan((int)Both32(record[2..]) * Sector, (int)Both32(record[10..])).ToArray());
        }

        return files;
    }

    // SUSP: two letters, a length, a version; Rock Ridge's NM has flags and the name.
    private static string RockRidgeName(ReadOnlySpan<byte> area)
    {
        while (area.Length >= 4 && area[2] >= 4)
        {
            if (area.StartsWith("NM"u8))
            {
                return Encoding.ASCII.GetString(area[5..area[2]]);
            }

            area = area[area[2]..];
        }

        return "";
    }

    private static uint Both32(ReadOnlySpan<byte> field)
    {
        var number = BinaryPrimitives.ReadUInt32LittleEndian(field);
        Assert.Equal(number, BinaryPrimitives.ReadUInt32BigEndian(field[4..]));
        return number;
    }
}
