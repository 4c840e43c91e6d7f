using System.Runtime.InteropServices;
using Qvmc.Qemu.Host;

namespace Qvmc.Qemu.Tests.Host;

public sealed class FirmwareSearchTests : IDisposable
{
    private static readonly QemuTarget Arm = new(Architecture.Arm64, Architecture.Arm64, OnMacOS: false);
    private readonly string _root = Directory.CreateTempSubdirectory("qfw-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void TakesTheFirstOfThoseDescribedThatIsThereAndNeedsNothingMore()
    {
        Describe("10-gone.json", "gone.fd");
        Describe("20-other.json", Touch("other.fd"), machines: "pc-q35-*");
        Describe("30-signed.json", Touch("signed.fd"), features: "\"secure-boot\", \"enrolled-keys\"");
        Describe("40-stateless.json", Touch("stateless.fd"), mode: "\"mode\": \"stateless\",");
        Write("share/firmware/50-broken.json", "{ \"mapping\": [ 1");
        Write("share/firmware/51-strange.json", """{ "interface-types": "uefi", "mapping": 5, "targets": { "a": 1 } }""");
        Describe("60-good.json", Touch("good.fd"), mode: "\"mode\": \"split\",");
        Describe("70-later.json", Touch("later.fd"));
        Assert.Equal(new Firmware(In("good.fd"), "raw", In("vars.fd"), "raw"), Find());
    }

    [Fact]
    public void WhereNothingIsDescribedTakesTheNamesThatQemuGivesIt()
    {
        Assert.Null(Find());
        Touch("share/edk2-aarch64-code.fd");
        Assert.Null(Find());
        Touch("share/edk2-arm-vars.fd");
        Assert.Equal(In("share/edk2-aarch64-code.fd"), Find()?.Code);
    }

    [Fact]
    public void KnowsWhereDebianHasIt()
    {
        Touch("AAVMF/AAVMF_CODE.fd");
        Touch("AAVMF/AAVMF_VARS.fd");
        Assert.Equal(In("AAVMF/AAVMF_VARS.fd"), Find()?.Variables);
    }

    private Firmware? Find() => FirmwareSearch.Find([In("share"), In("nowhere")], [], Arm, "virt-9.1");

    private void Describe(string name, string code, string machines = "virt-*", string features = "\"verbose-static\"", string mode = "") => Write(
        $"share/firmware/{name}",
        $$"""
        {
          "interface-types": ["uefi"],
          "mapping": {
            "device": "flash", {{mode}}
            "executable": { "filename": "{{In(code)}}", "format": "raw" },
            "nvram-template": { "filename": "{{In(Touch("vars.fd"))}}", "format": "raw" }
          },
          "targets": [{ "architecture": "aarch64", "machines": ["{{machines}}"] }],
          "features": [{{features}}]
        }
        """);

    private string Touch(string name)
    {
        Write(name, "");
        return name;
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.WriteAllText(In(name), text);
    }

    private string In(string name) => Path.Combine(_root, name);
}
