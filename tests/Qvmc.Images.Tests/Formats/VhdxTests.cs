using System.Buffers.Binary;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Formats;

public sealed class VhdxTests : IDisposable
{
    private const int Header1 = 64 << 10, Header2 = 128 << 10, Regions = 192 << 10;
    private readonly ForeignDisk _disk = new();

    [Theory]
    [InlineData("subformat=dynamic")]
    [InlineData("subformat=fixed")]
    [InlineData("block_size=1M")]
    [InlineData("block_size=256M,log_size=2M")]
    public Task Closed_disk_comes_in(string option) => _disk.ComesInAsync(_disk.Make("vhdx", option), ImageFormat.Vhdx);

    [Theory]
    [InlineData(66, 2, "VHDX file of version 2")]
    [InlineData(64, 1, "its log is of version 1")]
    [InlineData(50, 1, "it was not closed cleanly")]
    [InlineData(79, 1, "its log lies beyond its end")]
    [InlineData(70, 0xff, "its log lies beyond its end")]
    public async Task Header_that_can_not_be_is_refused(int offset, byte value, string why)
    {
        var bytes = _disk.Make("vhdx");
        (bytes[Header1 + offset], bytes[Header2 + offset]) = (value, value);
        ForeignDisk.SignVhdx(bytes);
        await _disk.RefusedAsync(bytes, why);
    }

    [Fact]
    public async Task Newer_valid_header_counts()
    {
        var bytes = _disk.Make("vhdx");
        var newer = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Header1 + 8)) > BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Header2 + 8)) ? Header1 : Header2;
        var dirty = (byte[])bytes.Clone();
        dirty[newer + 48] = 1;
        ForeignDisk.SignVhdx(dirty);
        await _disk.RefusedAsync(dirty, "it was not closed cleanly");

        // Not the older one's log, nor a header whose checksum does not hold.
        var older = (byte[])bytes.Clone();
        older[Header1 + Header2 - newer + 48] = 1;
        ForeignDisk.SignVhdx(older);
        await _disk.ComesInAsync(older, ImageFormat.Vhdx);
        (bytes[Header1 + 100], bytes[Header2 + 100]) = (1, 1);
        await _disk.RefusedAsync(bytes, "without a valid header");
    }

    [Theory]
    [InlineData(0, 0, "no valid table of regions")]
    [InlineData(10, 1, "can't have 65538 regions")]
    [InlineData(8, 1, "has no table of blocks, or no description")]
    [InlineData(8, 3, "has a region that can't be")]
    [InlineData(16, 1, "needs a region that is not known here")]
    [InlineData(39, 0x7f, "has a region that can't be")]
    [InlineData(32, 1, "has a region that can't be")]
    [InlineData(43, 0xff, "has a region that can't be")]
    public async Task Regions_that_can_not_be_are_refused(int offset, byte value, string why)
    {
        var bytes = _disk.Make("vhdx");
        bytes[Regions + offset] = value;
        bytes[Regions + 16 + 28] = 1;
        ForeignDisk.SignVhdx(bytes);
        await _disk.RefusedAsync(bytes, why);
    }

    [Fact]
    public async Task Regions_that_overlap_are_refused()
    {
        var bytes = _disk.Make("vhdx");
        bytes.AsSpan(Regions + 16 + 16, 12).CopyTo(bytes.AsSpan(Regions + 48 + 16));
        ForeignDisk.SignVhdx(bytes);
        await _disk.RefusedAsync(bytes, "regions that overlap");
    }

    [Fact]
    public async Task Description_that_can_not_be_is_refused()
    {
        var bytes = _disk.Make("vhdx");
        var table = Metadata(bytes);
        var parameters = table + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Entry(bytes, table, "caa16737-fa36-4d43-b3b6-33f0aa44e76b") + 16));
        var size = table + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Entry(bytes, table, "2fa54224-cd1b-4876-b211-5dbed83bf4b8") + 16));
        var sector = table + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Entry(bytes, table, "8141bf1d-a96f-4709-ba47-f233a8faab5f") + 16));
        foreach (var (offset, value, why) in ((int, uint, string)[])
        [
            (parameters + 4, 2, "it lies upon another file (a differencing disk)"),
            (parameters, 3 << 20, "its blocks can't have 3145728 bytes"),
            (parameters, 512 << 20, "its blocks can't have 536870912 bytes"),
            (sector, 1024, "its sectors can't have 1024 bytes"),
            (size, 0, "its disk has no bytes"),
            (size, 100, "not a multiple of its sectors"),
            (size + 4, 1 << 20, "its table of blocks is too small"),
            (table, 0, "has no valid description"),
            (table + 8, 0xffff_0000, "can't have 65535 items"),
            (table + 32, 0, "needs an item that is not known here"),
            (table + 32 + 16, 0x7fff_ffff, "an item in its description that can't be"),
            (table + 32 + 20, 0x7fff_ffff, "an item in its description that can't be"),
        ])
        {
            var other = (byte[])bytes.Clone();
            BinaryPrimitives.WriteUInt32LittleEndian(other.AsSpan(offset), value);
            await _disk.RefusedAsync(other, why);
        }

        // The name of a parent, even if the flag that there is one is not set.
        new Guid("a8d35f2d-b30b-454d-abf7-d3d84834ab0c").TryWriteBytes(bytes.AsSpan(Entry(bytes, table, "beca12ab-b2e6-4523-93ef-c309e000c746")));
        await _disk.RefusedAsync(bytes, "it lies upon another file (a differencing disk)");
    }

    [Fact]
    public async Task Tiny_file_of_a_disk_that_takes_hours_to_read_is_refused()
    {
        Shell.Run("qemu-img", "create", "-q", "-f", "vhdx", _disk.File("huge.vhdx"), "5T");
        await _disk.RefusedAsync(File.ReadAllBytes(_disk.File("huge.vhdx")), "its disk has 5497558138880 bytes, nearly all of them empty");
    }

    [Fact]
    public async Task Cut_disk_is_refused()
    {
        var bytes = _disk.Make("vhdx", "block_size=1M");
        foreach (var (left, why) in ((int, string)[])
        [
            (100, "without a valid header"), (100 << 10, "its log lies beyond its end"), (200 << 10, "its log lies beyond its end"), (3 << 20, "has a region that can't be"), (bytes.Length - (2 << 20), "qemu-img can't read it: "),
        ])
        {
            await _disk.RefusedAsync(bytes[..left], why);
        }
    }

    private static int Metadata(byte[] bytes)
    {
        var entry = Enumerable.Range(0, 2).Select(i => Regions + 16 + (32 * i)).First(e => new Guid(bytes.AsSpan(e, 16)) == new Guid("8b7ca206-4790-4b9a-b8fe-575f050f886e"));
        return (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(entry + 16));
    }

    private static int Entry(byte[] bytes, int table, string id) =>
        Enumerable.Range(0, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(table + 10))).Select(i => table + 32 + (32 * i)).First(e => new Guid(bytes.AsSpan(e, 16)) == new Guid(id));

    public void Dispose() => _disk.Dispose();
}
