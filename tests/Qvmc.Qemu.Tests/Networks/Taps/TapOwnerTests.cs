using Qvmc.Os.Accounts;
using Qvmc.Qemu.Confinement;
using Qvmc.Qemu.Networks.Taps;

namespace Qvmc.Qemu.Tests.Networks.Taps;

/// <summary>vhost is used only where QEMU can use it.</summary>
public sealed class TapOwnerTests : IDisposable
{
    private readonly string _device = Path.GetTempFileName();

    public void Dispose() => File.Delete(_device);

    [Fact]
    public void VhostIsUsedOnlyWhereItIsThere()
    {
        Assert.True(TapOwner.Of(null, _device).Vhost);
        Assert.False(TapOwner.Of(null, _device + "-not-there").Vhost);
        Assert.False(TapOwner.Of(null, Path.GetTempPath()).Vhost);
    }

    [Fact]
    public void VhostIsUsedOnlyWhereTheMachinesUserMay()
    {
        if (!Account.IsRoot)
        {
            return;
        }

        var user = new MachineUser(new Account("", 4_000_000_001, 4_000_000_001));
        File.SetUnixFileMode(_device, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(new TapOwner(4_000_000_001, Vhost: false), TapOwner.Of(user, _device));
        File.SetUnixFileMode(_device, File.GetUnixFileMode(_device) | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        Assert.Equal(new TapOwner(4_000_000_001, Vhost: true), TapOwner.Of(user, _device));
    }
}
