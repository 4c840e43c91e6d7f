using Qvmc.Qemu.Guest;

namespace Qvmc.Qemu.Tests.Guest;

/// <summary>What systemctl prints, and what follows from it.</summary>
public sealed class CloudInitUnitTests
{
    [Theory]
    [InlineData("LoadState=loaded\nActiveState=activating\nResult=success\nJob=120\n", null)]
    [InlineData("Result=success\nLoadState=loaded\nActiveState=inactive\nJob=7\n", null)]
    [InlineData("LoadState=loaded\nActiveState=inactive\nResult=success\n", "cloud-final.service does not run and is not going to")]
    [InlineData("LoadState=loaded\nActiveState=inactive\nResult=success\nJob=0\n", "cloud-final.service does not run and is not going to")]
    [InlineData("LoadState=loaded\nActiveState=failed\nResult=oom-kill\n", "cloud-final.service failed (oom-kill)")]
    [InlineData("LoadState=loaded\nActiveState=failed\nResult=\u001b[31mred\n", "cloud-final.service failed ([31mred)")]
    [InlineData("LoadState=loaded\nActiveState=active\nResult=success\n", "cloud-final.service has ended")]
    [InlineData("", null)]
    [InlineData("ActiveState\n=\n==x\n\0", null)]
    public void It_is_over_when_nobody_will_write_a_result(string shown, string? over) => Assert.Equal(over, CloudInitUnit.Parse(shown).Over);
}
