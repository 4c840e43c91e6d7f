using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Core.Tests.Instances;

public class HostRoomTests
{
    [Theory]
    [InlineData(1024, 0, 1024, 100, null)]
    [InlineData(1024, 0, 1025, 100, "1025 MiB are more than host \"h\" has left: of 1024 MiB, 0 are promised to machines that are to run; use at most 1024, stop an instance")]
    [InlineData(1024, 1000, 1048, 200, null)]
    [InlineData(1024, 1000, 1049, 200, "of 1024 MiB (200 % may be promised), 1000 are promised to machines that are to run; use at most 1048,")]
    [InlineData(1024, 1000, 32, 100, "are to run; stop an instance, or raise launch_limits.memory_percent")]
    [InlineData(1024, 5000, 32, 100, "are to run; stop an instance, or raise launch_limits.memory_percent")]
    [InlineData(0, 0, 16_777_216, 100, null)]
    public void What_fits_is_said(long memory, long promised, uint wanted, uint percent, string? message)
    {
        var fault = new HostRoom("h", memory, promised, 0).CheckMemory(wanted, percent);
        Assert.Equal(message is null ? null : FaultCode.ResourceExhausted, fault?.Code);
        Assert.Contains(message ?? "", fault?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(message is null ? [] : ["spec.memory_mib"], fault?.Fields.Select(f => f.Field) ?? []);
    }

    [Theory]
    [InlineData(512, 512, null)]
    [InlineData(511, 512, "host \"h\" has 511 MiB left for disks, and takes a new instance with at least 512")]
    [InlineData(0, 0, null)]
    [InlineData(null, 512, null)]
    public void Disks_need_room_too(int? free, uint reserve, string? message)
    {
        var fault = new HostRoom("h", 1, 0, free).CheckDisk(reserve);
        Assert.Equal(message is null ? null : FaultCode.ResourceExhausted, fault?.Code);
        Assert.Contains(message ?? "", fault?.Message ?? "", StringComparison.Ordinal);
    }
}
