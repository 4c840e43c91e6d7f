using System.Runtime.InteropServices;
using Qvmc.Qemu.Host;

namespace Qvmc.Qemu.Tests.Host;

public sealed class QemuTargetTests
{
    [Theory]
    [InlineData("", Architecture.X64, Architecture.X64)]
    [InlineData("", Architecture.Arm64, Architecture.Arm64)]
    [InlineData("qemu-system-aarch64", Architecture.X64, Architecture.Arm64)]
    [InlineData("/opt/homebrew/bin/qemu-system-x86_64", Architecture.Arm64, Architecture.X64)]
    [InlineData("/usr/libexec/qemu-kvm", Architecture.Arm64, Architecture.Arm64)]
    [InlineData("/srv/aarch64/bin/qemu-kvm", Architecture.X64, Architecture.X64)]
    public void GuestsAreOfTheHostsKindUnlessTheBinaryIsForOthers(string binary, Architecture host, Architecture guest) =>
        Assert.Equal(guest, QemuTarget.Of(binary, host, onMacOS: false).Guest);

    [Fact]
    public void EachKindHasItsBinaryItsMachinesAndItsAdvice()
    {
        var mac = QemuTarget.Of("", Architecture.Arm64, onMacOS: true);
        Assert.Equal(("qemu-system-aarch64", "virt", true, "macOS: brew install qemu"), (mac.BinaryName, mac.MachineFamily, mac.NeedsFirmware, mac.Install));
        var linux = QemuTarget.Of("", Architecture.X64, onMacOS: false);
        Assert.Equal(("qemu-system-x86_64", "q35", false), (linux.BinaryName, linux.MachineFamily, linux.NeedsFirmware));
        Assert.Contains("qemu-efi-aarch64", QemuTarget.Of("", Architecture.Arm64, onMacOS: false).Install, StringComparison.Ordinal);
    }
}
