using Qvmc.Cli.Doctor;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Cli.Tests.Doctor;

public sealed class FirmwareCheckTests
{
    [Fact]
    public async Task AQemuThatIsNotThereIsToBeInstalledWithItsFirmware()
    {
        var finding = await FirmwareCheck.RunAsync(new QemuSettings { QemuBinary = "/no/such/qemu-system-aarch64" }, CancellationToken.None);
        Assert.Equal((Outcome.Fail, "firmware"), (finding.Outcome, finding.Check));
        Assert.Contains("/no/such/qemu-system-aarch64", finding.Detail, StringComparison.Ordinal);
        Assert.Contains("qemu", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ID=debian\n", false, "sudo apt-get install -y qemu-system-arm qemu-efi-aarch64")]
    [InlineData("ID=fedora\n", false, "sudo dnf install -y qemu-system-aarch64-core edk2-aarch64")]
    [InlineData("", true, "brew install qemu")]
    public void TheFirmwareComesWithTheAdvice(string osRelease, bool onMacOS, string command) =>
        Assert.Equal(command, PackageAdvice.Install("qemu-system-aarch64", osRelease, onMacOS));
}
