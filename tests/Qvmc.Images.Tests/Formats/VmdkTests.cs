using System.Text;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Formats;

public sealed class VmdkTests : IDisposable
{
    private readonly ForeignDisk _disk = new();

    [Theory]
    [InlineData("subformat=monolithicSparse")]
    [InlineData("subformat=streamOptimized")]
    [InlineData("subformat=monolithicSparse,compat6=on")]
    [InlineData("subformat=monolithicSparse,zeroed_grain=on")]
    public Task Whole_disk_in_one_file_comes_in(string option) => _disk.ComesInAsync(_disk.Make("vmdk", option), ImageFormat.Vmdk);

    [Fact]
    public async Task Stream_with_its_tables_at_the_end_comes_in()
    {
        var bytes = Streamed();
        await _disk.ComesInAsync(bytes, ImageFormat.Vmdk);
        await _disk.RefusedAsync(bytes[..^512], "cut off");
        await _disk.RefusedAsync(bytes[..^(64 << 10)], "cut off");

        // The second header is the one that QEMU believes.
        foreach (var (offset, value, why) in ((int, byte, string)[])
        [
            (12, 0, "a part of a VMDK disk"), (13, 0xff, "do not agree"), (28, 2, "where QEMU does not look"), (36, 9, "do not agree"), (56, 0xff, "cut off"), (4, 9, "version 9"),
        ])
        {
            var other = (byte[])bytes.Clone();
            var footer = other.Length - 1024;
            if (offset == 12)
            {
                other.AsSpan(footer + 12, 8).Clear();
            }
            else if (offset == 56)
            {
                other.AsSpan(footer + 56, 4).Fill(value);
            }
            else
            {
                other[footer + offset] = value;
            }

            await _disk.RefusedAsync(other, why);
        }
    }

    [Theory]
    [InlineData("monolithicFlat")]
    [InlineData("twoGbMaxExtentSparse")]
    [InlineData("twoGbMaxExtentFlat")]
    public async Task Disk_in_several_files_is_refused_and_so_is_each_of_them(string kind)
    {
        Shell.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", $"subformat={kind}", _disk.Raw(), _disk.File("split.vmdk"));
        await _disk.RefusedAsync(File.ReadAllBytes(_disk.File("split.vmdk")), "the description of a VMDK disk that is in other files");
        if (kind == "twoGbMaxExtentSparse")
        {
            await _disk.RefusedAsync(File.ReadAllBytes(_disk.File("split-s001.vmdk")), "without its description");
        }
    }

    [Fact]
    public async Task Disk_upon_another_is_refused()
    {
        var parent = _disk.Write(_disk.Make("vmdk"));
        Shell.Run("qemu-img", "create", "-q", "-f", "vmdk", "-b", parent, "-F", "vmdk", _disk.File("child.vmdk"));
        await _disk.RefusedAsync(File.ReadAllBytes(_disk.File("child.vmdk")), "it lies upon another file (a parent)");
    }

    [Theory]
    [InlineData("parentCID=ffffffff", "parentCID=00000001", "a parent")]
    [InlineData("ddb.toolsVersion", "parentFileNameHint=\"/etc/passwd\"", "a parent")]
    [InlineData("ddb.toolsVersion", "PARENTfilenamehint=\"/etc/passwd\"", "a parent")]
    [InlineData("\"monolithicSparse\"", "\"monolithicFlat\"", "of the kind monolithicFlat")]
    [InlineData("\"monolithicSparse\"", "\"\u001b[31m\"", "of the kind ??31m")]
    [InlineData("createType", "createTipe", "of the kind that it does not tell")]
    [InlineData("RW 16384 SPARSE \"", "RW 16384 FLAT \"/dev/", "another file as its data")]
    [InlineData("RW 16384 SPARSE \"", "RW 16384 SPARSE \"../", "another file as its data")]
    [InlineData("RW 16384 SPARSE", "RW 16384 SPARSE \"a\"\nRW 1 SPARSE", "2 files as its data")]
    [InlineData("RW 16384 SPARSE", "XX 16384 SPARSE", "names no data")]
    [InlineData("# Disk DescriptorFile", "# Disc", "without its description")]
    public async Task Description_that_names_other_files_is_refused(string old, string changed, string why)
    {
        var bytes = _disk.Make("vmdk");
        var text = Encoding.Latin1.GetString(bytes, 512, 20 * 512).TrimEnd('\0');
        Assert.Contains(old, text, StringComparison.Ordinal);
        text = text.Replace(old, changed, StringComparison.Ordinal);
        bytes.AsSpan(512, 20 * 512).Clear();
        Encoding.Latin1.GetBytes(text, bytes.AsSpan(512));
        await _disk.RefusedAsync(bytes, why);
    }

    [Fact]
    public async Task Name_of_a_parent_behind_the_end_of_the_description_is_refused()
    {
        var bytes = _disk.Make("vmdk");
        "parentFileNameHint=\"/etc/passwd\""u8.CopyTo(bytes.AsSpan(15 * 512));
        await _disk.RefusedAsync(bytes, "a parent");
    }

    [Theory]
    [InlineData(4, 4, "version 4")]
    [InlineData(4, 0, "version 0")]
    [InlineData(12, 0, "a part of a VMDK disk")]
    [InlineData(18, 1, "would need a table of")]
    [InlineData(19, 0xff, "its disk can't have")]
    [InlineData(20, 3, "its grains can't have 3 sectors")]
    [InlineData(24, 1, "its grains can't have")]
    [InlineData(28, 0, "a part of a VMDK disk")]
    [InlineData(28, 2, "where QEMU does not look")]
    [InlineData(36, 0, "its description can't have 0 sectors")]
    [InlineData(45, 1, "its tables can't have 256 entries")]
    [InlineData(59, 1, "cut off")]
    [InlineData(50, 0xff, "cut off")]
    [InlineData(66, 0xff, "cut off")]
    [InlineData(72, 1, "not closed cleanly")]
    [InlineData(75, 0x20, "its line ends were changed")]
    [InlineData(77, 9, "compressed in a way that is not known here (9)")]
    public async Task Header_that_can_not_be_is_refused(int offset, byte value, string why)
    {
        var bytes = _disk.Make("vmdk");
        if (offset == 12)
        {
            bytes.AsSpan(12, 8).Clear();
        }
        else
        {
            bytes[offset] = value;
        }

        await _disk.RefusedAsync(bytes, why);
    }

    [Fact]
    public async Task Cut_or_damaged_disk_is_refused()
    {
        var bytes = _disk.Make("vmdk");
        foreach (var left in (int[])[100, 600, 20_000, bytes.Length / 2])
        {
            await _disk.RefusedAsync(bytes[..left], left == bytes.Length / 2 ? "could not be checked" : "cut off");
        }

        // Within its last piece of data, where qemu-img sees nothing amiss.
        foreach (var missing in (int[])[1, 512, 60_000])
        {
            await _disk.RefusedAsync(bytes[..^missing], $"cut off at {bytes.Length - missing} bytes");
        }

        bytes = _disk.Make("vmdk", "subformat=streamOptimized");
        bytes.AsSpan(bytes.Length - 100_000, 500).Fill(7);
        await _disk.RefusedAsync(bytes, "could not be converted");
    }

    // As VMware exports it: the first header says that the tables' place is told at the end. qemu-img writes it in both.
    private byte[] Streamed()
    {
        var bytes = _disk.Make("vmdk", "subformat=streamOptimized").ToList();
        while (bytes.Count % 512 != 0)
        {
            bytes.Add(0);
        }

        var head = bytes[..512].ToArray();
        var (marker, end) = (new byte[512], new byte[512]);
        marker[0] = 1;
        marker[12] = 3;
        var all = (byte[])[.. bytes, .. marker, .. head, .. end];
        all.AsSpan(56, 8).Fill(0xff);
        return all;
    }

    public void Dispose() => _disk.Dispose();
}
