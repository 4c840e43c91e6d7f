using System.Security.Cryptography;
using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

public sealed class ChecksumListTests : IDisposable
{
    private static readonly string A = Hex("a"), B = Hex("b"), Long = Convert.ToHexStringLower(SHA512.HashData("a"u8));
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("{A}  disk.qcow2")]
    [InlineData("{A} *disk.qcow2")]
    [InlineData("{A} disk.qcow2\r")]
    [InlineData("{A}\tdisk.qcow2")]
    [InlineData("{A}  ./disk.qcow2")]
    [InlineData("{A}  *other.qcow2\n{A}  images/disk.qcow2")]
    [InlineData("SHA256 (disk.qcow2) = {A}")]
    [InlineData("SHA256(disk.qcow2)= {A}")]
    [InlineData("SHA2-256(disk.qcow2)= {A}")]
    [InlineData("{A}")]
    [InlineData("\n  \n{A}\n\n")]
    [InlineData("\uFEFF{A}  disk.qcow2")]
    [InlineData("# disk.qcow2: 443 bytes\nMD5 (disk.qcow2) = d41d8cd98f00b204e9800998ecf8427e\nSHA256 (disk.qcow2) = {A}\nSHA512/256 (disk.qcow2) = {B}")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{B}  another\n- {A}  disk.qcow2\n-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEE\n=aBcD\n-----END PGP SIGNATURE-----")]
    [InlineData("{B}  disk.qcow2.xz\n{B}  qcow2\n{B}  mydisk.qcow2\n{A}  disk.qcow2\n{B}")]
    [InlineData("{B}  arm64/disk.qcow2\n{A}  amd64/disk.qcow2")]
    [InlineData("{A}  disk.qcow2\n{A}  disk.qcow2")]
    public void Line_of_the_file_is_found(string list) => Assert.Equal(["sha256:" + A], Of(list));

    [Fact]
    public void Digits_may_be_in_capitals() => Assert.Equal(["sha256:" + A], Of(A.ToUpperInvariant() + "  disk.qcow2"));

    [Fact]
    public void Strongest_comes_first() =>
        Assert.Equal(["sha512:" + Long, "sha256:" + A], Of($"{A}  disk.qcow2\n{B}  other\nSHA512 (disk.qcow2) = {Long}"));

    [Theory]
    [InlineData("", "has no SHA-256 or SHA-512 checksum in it")]
    [InlineData("<html><body>Sign in, please</body></html>", "has no SHA-256 or SHA-512 checksum in it")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e  disk.qcow2", "has no SHA-256 or SHA-512 checksum in it")]
    [InlineData("SHA3-256 (disk.qcow2) = {A}\nSHA512 (disk.qcow2) = {A}\nSHA256 (disk.qcow2)", "has no SHA-256 or SHA-512 checksum in it")]
    [InlineData("{A}  disk.raw\n{B}  disk.iso\n{A}", "does not name \"disk.qcow2\": it names \"disk.raw\", \"disk.iso\"")]
    [InlineData("{A}\n{B}", "has several checksums of \"disk.qcow2\"")]
    [InlineData("{A}  disk.qcow2\n{B}  disk.qcow2", "has several checksums of \"disk.qcow2\"")]
    [InlineData("{A}  x/disk.qcow2\n{B}  y/disk.qcow2", "has several checksums of \"disk.qcow2\"")]
    public void What_does_not_tell_is_refused(string list, string why)
    {
        var fault = Assert.Throws<FaultException>(() => Of(list));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disk.qcow2")]
    [InlineData("a disk (2).qcow2")]
    [InlineData("back\\slash\nand line\rends\\n")]
    [InlineData("*star")]
    public void What_the_tools_print_is_read(string name)
    {
        File.WriteAllText(_directory.File(name), name);
        var url = new Uri("https://example.com/images/" + Uri.EscapeDataString(name));
        var sha256 = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var sha512 = "sha512:" + Convert.ToHexStringLower(SHA512.HashData(Encoding.UTF8.GetBytes(name)));
        Assert.Equal([sha256], Printed("sha256sum"));
        Assert.Equal([sha256], Printed("sha256sum", "--binary"));
        Assert.Equal([sha256], Printed("sha256sum", "--tag"));
        Assert.Equal([sha512], Printed("sha512sum"));
        Assert.Equal([sha512], Printed("sha512sum", "--tag"));

        IEnumerable<string> Printed(string tool, params string[] options) =>
            ChecksumList.Parse(Shell.Bytes(tool, [.. options, _directory.File(name)])).Of(url).Select(c => c.ToString());
    }

    private static IEnumerable<string> Of(string list) => ChecksumList
        .Parse(Encoding.UTF8.GetBytes(list.Replace("{A}", A, StringComparison.Ordinal).Replace("{B}", B, StringComparison.Ordinal)))
        .Of(new Uri("https://example.com/images/amd64/disk.qcow2?mirror=2#x"))
        .Select(c => c.ToString());

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public void Dispose() => _directory.Dispose();
}
