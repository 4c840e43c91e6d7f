using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Formats;

/// <summary>What the store lets in, tried with files that qemu-img and others really make.</summary>
public sealed class ImageInspectionTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("-o", "compat=0.10")]
    [InlineData("-o", "compat=1.1,lazy_refcounts=on")]
    [InlineData("-o", "cluster_size=2M")]
    [InlineData("-o", "cluster_size=512")]
    [InlineData("-o", "compression_type=zstd")]
    [InlineData("-o", "extended_l2=on,cluster_size=128k")]
    [InlineData("-o", "preallocation=metadata")]
    [InlineData("-o", "preallocation=falloc")]
    [InlineData("-o", "refcount_bits=1")]
    public async Task Every_kind_of_qcow2_that_stands_alone_comes_in(string option, string value)
    {
        var blob = await AddAsync(Create("qcow2", option, value));
        Assert.Equal((ImageFormat.Qcow2, 8L << 20), (blob.Format, blob.VirtualSizeBytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-c")]
    public async Task Converted_image_comes_in_and_a_cut_one_does_not(string option)
    {
        var raw = _directory.File("disk.raw");
        var noise = new byte[3 << 20];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(raw, [.. new byte[1 << 20], .. noise, .. new byte[4 << 20]]);
        var qcow2 = _directory.File("disk.qcow2");
        Shell.Run("qemu-img", [.. (string[])["convert", "-f", "raw", "-O", "qcow2"], .. option.Length > 0 ? [option] : Array.Empty<string>(), raw, qcow2]);
        await AddAsync(qcow2);
        var bytes = File.ReadAllBytes(qcow2);
        foreach (var left in (int[])[60, 100, 1000, 70_000, bytes.Length / 2, bytes.Length - 200_000])
        {
            await RefusedAsync(Write(bytes[..left]), ImageFormat.Unspecified, "cut off");
        }
    }

    [Fact]
    public async Task Files_that_reach_into_the_host_are_refused()
    {
        await RefusedAsync(Create("qcow2", "-b", "/etc/passwd", "-F", "raw", "-u"), ImageFormat.Qcow2, "a backing file");
        await RefusedAsync(Create("qcow2", "-o", $"data_file={_directory.File("data")},data_file_raw=on"), ImageFormat.Qcow2, "its data is in another file");
    }

    [Theory]
    [InlineData(4, 4u, "qcow version 4")]
    [InlineData(4, 1u, "qcow version 1")]
    [InlineData(20, 8u, "cluster size, 2^8")]
    [InlineData(20, 200u, "cluster size, 2^200")]
    [InlineData(24, 0x00400001u, "at most 65536 GiB are possible")]
    [InlineData(24, 0xffffffffu, "at most 65536 GiB are possible")]
    [InlineData(28, 0u, "no bytes")]
    [InlineData(28, 513u, "not a multiple of 512")]
    [InlineData(32, 2u, "it is encrypted")]
    [InlineData(36, 0x7fffffffu, "its first table can't have")]
    [InlineData(40, 0x10u, "cut off")]
    [InlineData(76, 1u, "not closed cleanly")]
    [InlineData(76, 2u, "marked as corrupt")]
    [InlineData(72, 0x80000000u, "features that are not known here (0x8000000000000000)")]
    [InlineData(100, 96u, "its header can't be 96 bytes long")]
    public async Task Header_that_can_not_be_is_refused(int offset, uint value, string why)
    {
        var bytes = File.ReadAllBytes(Create("qcow2"));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);
        await RefusedAsync(Write(bytes), ImageFormat.Unspecified, why);
    }

    [Fact]
    public async Task Corrupt_tables_are_found_by_qemu_img()
    {
        var path = Create("qcow2", "-o", "preallocation=metadata");
        var bytes = File.ReadAllBytes(path);
        var l1 = (int)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(40));
        var l2 = (int)(BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(l1)) & 0x00ff_ffff_ffff_fe00);

        // Two addresses of the disk in one cluster of the file.
        bytes.AsSpan(l2, 8).CopyTo(bytes.AsSpan(l2 + 8));
        await RefusedAsync(Write(bytes), ImageFormat.Qcow2, "qemu-img check found");
    }

    [Theory]
    [InlineData("vpc", "a VHD disk")]
    [InlineData("vpc:subformat=fixed", "a VHD disk")]
    [InlineData("vdi", "a VDI disk")]
    [InlineData("qed", "a QED disk")]
    [InlineData("parallels", "a Parallels disk")]
    public async Task Disk_of_another_program_is_named_with_the_way_to_convert_it(string format, string kind)
    {
        var parts = format.Split(':');
        var path = Create(parts[0], parts.Length > 1 ? ["-o", parts[1]] : []);
        await RefusedAsync(path, ImageFormat.Unspecified, kind);
        await RefusedAsync(path, ImageFormat.Raw, $"qemu-img convert -f {parts[0]} -O qcow2");
        await RefusedAsync(path, ImageFormat.Qcow2, $"is {kind}");
    }

    [Fact]
    public async Task Other_mistakes_are_named()
    {
        var raw = _directory.File("disk.raw");
        File.WriteAllBytes(raw, new byte[1 << 20]);
        await RefusedAsync(Create("qcow2"), ImageFormat.Raw, "announced as raw and is qcow2; announce it as qcow2");
        await RefusedAsync(Create("vmdk"), ImageFormat.Raw, "announced as raw and is vmdk");
        await RefusedAsync(Create("vhdx"), ImageFormat.Iso, "announced as iso and is vhdx");
        await RefusedAsync(raw, ImageFormat.Qcow2, "announced as qcow2 and is something else");
        await RefusedAsync(Write(new byte[1000]), ImageFormat.Raw, "multiple of 512 bytes, and it has 1000");
        await RefusedAsync(Write("  <!DOCTYPE HTML><html>not found"u8.ToArray()), ImageFormat.Unspecified, "a web page");
        Shell.Run("tar", "-cf", raw + ".tar", "-C", _directory.Path, "disk.raw");
        await RefusedAsync(raw + ".tar", ImageFormat.Unspecified, "a tar archive");
        await RefusedAsync(Write("PK\x03\x04..........."u8.ToArray()), ImageFormat.Unspecified, "a zip archive; unpack it first");
        await RefusedAsync(Write("BZh91AY&SY"u8.ToArray()), ImageFormat.Raw, "bunzip2");
    }

    [Theory]
    [InlineData("-udf")]
    [InlineData("-joliet")]
    public async Task Disc_is_kept_as_it_is(string option)
    {
        var content = _directory.File("content");
        File.WriteAllBytes(content, new byte[500_000]);
        var disc = _directory.File("disc.iso");
        Shell.Run("genisoimage", "-quiet", option, "-o", disc, content);
        var bytes = File.ReadAllBytes(disc);
        foreach (var told in (ImageFormat[])[ImageFormat.Unspecified, ImageFormat.Iso])
        {
            var blob = await AddAsync(disc, told);
            Assert.Equal((ImageFormat.Iso, ImageFormat.Iso, bytes.Length, bytes.Length), (blob.Format, blob.SourceFormat, blob.SizeBytes, blob.VirtualSizeBytes));
        }

        await RefusedAsync(disc, ImageFormat.Raw, "announced as raw and is iso; announce it as iso");
        await RefusedAsync(disc, ImageFormat.Vmdk, "announced as vmdk and is iso");
        await RefusedAsync(Write(bytes[..^2048]), ImageFormat.Unspecified, "that was cut off at");

        // With a boot sector for disks it is both, and whoever sends it says what it is to be.
        (bytes[510], bytes[511]) = (0x55, 0xaa);
        Assert.Equal(ImageFormat.Iso, (await AddAsync(Write(bytes))).SourceFormat);
        Assert.Equal((ImageFormat.Raw, ImageFormat.Qcow2), (await AddAsync(Write(bytes), ImageFormat.Raw)) is var hybrid ? (hybrid.SourceFormat, hybrid.Format) : default);
    }

    [Fact]
    public async Task Disc_without_ISO_9660_is_one_too()
    {
        var bytes = new byte[100 << 10];
        "\0BEA01\x01"u8.CopyTo(bytes.AsSpan(32 << 10));
        "\0NSR02\x01"u8.CopyTo(bytes.AsSpan(34 << 10));
        Assert.Equal(ImageFormat.Iso, (await AddAsync(Write(bytes))).Format);
    }

    [Fact]
    public async Task Raw_disk_is_converted_told_or_not()
    {
        var raw = Write([.. Enumerable.Range(0, 4096).Select(i => (byte)i)]);
        var blob = await AddAsync(raw);
        Assert.Equal((ImageFormat.Qcow2, ImageFormat.Raw, 4096), (blob.Format, blob.SourceFormat, blob.VirtualSizeBytes));
        Assert.Equal(blob, await AddAsync(raw, ImageFormat.Raw));
    }

    private async Task<ImageBlob> AddAsync(string path, ImageFormat format = ImageFormat.Unspecified)
    {
        var store = new ImageStore(_directory.File("images"), new QemuImg(), NullLogger.Instance);
        await using var file = File.OpenRead(path);
        return await store.AddAsync(file, new ImageExpectation(format), CancellationToken.None);
    }

    private async Task RefusedAsync(string path, ImageFormat format, string why)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => AddAsync(path, format));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.StartsWith("the image is refused: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    private string Create(string format, params string[] options)
    {
        var path = _directory.File($"{Guid.NewGuid()}.{format}");
        Shell.Run("qemu-img", ["create", "-q", "-f", format, .. options, path, "8M"]);
        return path;
    }

    private string Write(byte[] bytes)
    {
        var path = _directory.File(Guid.NewGuid().ToString());
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => _directory.Dispose();
}
