using System.Net;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Guest;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Addresses that DHCP gave, beside those that the agent tells of.</summary>
public sealed class LeasedAddressTests
{
    private const string Mac = "52:54:00:00:00:01";
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, 600, TimeSpan.Zero);

    [Fact]
    public void ALeaseOfThisRunIsAnAddress()
    {
        var status = Compose(GuestReport.Silence, Processors.Running, Lease("10.80.0.7", Start + TimeSpan.FromSeconds(3)), Lease("fd00:80::7", Start + TimeSpan.FromSeconds(3)) with { Prefix = 64 });
        Assert.Equal(["10.80.0.7", "fd00:80::7"], status.Addresses.Select(a => a.Ip));
        Assert.All(status.Addresses, a => Assert.Equal((AddressSource.Dhcp, Mac), (a.Source, a.Mac)));
        Assert.Equal([24u, 64u], status.Addresses.Select(a => a.Prefix));
        Assert.True(status.Conditions.Single(c => c.Type == ConditionType.HasAddress).Met);
        Assert.Equal(Mac, Assert.Single(status.Nics).Mac);
    }

    [Fact]
    public void WhatTheAgentTellsIsToldOnce()
    {
        var guest = new GuestReport(true, new GuestInfo(), [new Address { Ip = "10.80.0.7", Prefix = 24, Mac = Mac, Interface = "eth0", Source = AddressSource.Agent }]);
        var address = Assert.Single(Compose(guest, Processors.Running, Lease("10.80.0.7", Start)).Addresses);
        Assert.Equal(AddressSource.Agent, address.Source);
    }

    [Fact]
    public void ALeaseOfAnEarlierRunOrOfAnotherMachineSaysNothing()
    {
        var status = Compose(
            GuestReport.Silence, Processors.Running, Lease("10.80.0.7", Start - TimeSpan.FromMinutes(1)), Lease("10.80.0.8", Start) with { Mac = "52:54:00:00:00:02" });
        Assert.Empty(status.Addresses);
        Assert.False(status.Conditions.Single(c => c.Type == ConditionType.HasAddress).Met);
        Assert.Empty(Compose(GuestReport.Silence, null, Lease("10.80.0.7", Start)).Addresses);
    }

    private static NicLease Lease(string address, DateTimeOffset since) =>
        new(Mac, IPAddress.Parse(address), 24, DateTimeOffset.FromUnixTimeSeconds(since.ToUnixTimeSeconds()));

    private static InstanceStatus Compose(GuestReport guest, Processors? processors, params NicLease[] leases)
    {
        var spec = new InstanceSpec { Nics = { new Nic { Network = "lan", Mac = Mac, Slot = 1 } } };
        return StatusView.Compose(
            new StatusInput
            {
                Record = new MachineRecord { Order = new MachineOrder { Spec = spec }, Run = new MachineRun { Spec = spec, StartTime = Timestamp.FromDateTimeOffset(Start) } },
                Node = "here",
                ObservedGeneration = 1,
                Doing = Doing.Nothing,
                Processors = processors,
                Guest = guest,
                Nics = [new NicStatus { Slot = 1, Network = "lan", Mac = Mac, Ipv4 = "10.80.0.7" }],
                Leases = leases,
                Now = Start + TimeSpan.FromMinutes(1),
            },
            null);
    }
}
