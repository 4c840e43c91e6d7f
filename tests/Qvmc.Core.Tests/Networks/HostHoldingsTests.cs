using System.Net;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Tests.Networks;

public sealed class HostHoldingsTests
{
    [Fact]
    public void Claims_are_gone_through_once_and_not_before_somebody_asks()
    {
        var times = 0;
        var held = new HostHoldings(new HoldingIndex(), "", Holders());
        Assert.Equal(0, times);
        held.ThrowIfTaken(new InstanceSpec(), "here");
        Assert.Equal(0, times);
        Assert.Equal("web1", held.OwnerOfMac("52:54:00:00:00:01"));
        Assert.Equal("web1", held.OwnerOf(IPAddress.Parse("10.80.0.7")));
        Assert.Null(held.OwnerOfMac("52:54:00:00:00:02"));
        Assert.Equal(1, times);

        IEnumerable<InstanceRecord> Holders()
        {
            times++;
            yield return new InstanceRecord
            {
                Instance = new Instance { Name = "web1", Spec = new InstanceSpec { Nics = { new Nic { Mac = "52:54:00:00:00:01", Slot = 1 } } } },
                NicAddresses = { new NicAddress { Slot = 1, Ipv4 = "10.80.0.7" } },
            };
        }
    }
}
