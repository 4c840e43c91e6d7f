using Qvmc.Qemu.Networks.Bridge;

namespace Qvmc.Qemu.Tests.Networks.Bridge;

/// <summary>On a tree of files in place of the kernel's: those of this host are nobody's to change.</summary>
public sealed class HostSysctlsTests : IDisposable
{
    private const string Forward = "net/ipv4/ip_forward", Heed = "net/ipv6/conf/eth0/accept_ra";

    private readonly string _root = Directory.CreateTempSubdirectory("qsys-").FullName;

    public HostSysctlsTests()
    {
        Write(Forward, "0");
        Write(Heed, "1");
    }

    private string Record => Path.Combine(_root, "record", "_sysctls.json");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void WhatWasBeforeComesBackWithTheLastNetworkThatNeededIt()
    {
        Make().Need("a", [(Forward, "1")]);
        Make().Need("b", [(Heed, "2"), (Forward, "1")]);
        Assert.Equal(("1", "2"), (Read(Forward), Read(Heed)));
        Make().Release("a");
        Assert.Equal(("1", "2"), (Read(Forward), Read(Heed)));
        Make().Release("b");
        Assert.Equal(("0", "1"), (Read(Forward), Read(Heed)));
        Assert.False(File.Exists(Record));
    }

    [Fact]
    public void WhatIsSoAlreadyIsNobodysToTakeBack()
    {
        Write(Forward, "1");
        Make().Need("a", [(Forward, "1")]);
        Make().Release("a");
        Assert.Equal("1", Read(Forward));
    }

    [Fact]
    public void WhatSomebodyElseHasChangedSinceIsLeftAsItIs()
    {
        Make().Need("a", [(Heed, "2")]);
        Write(Heed, "0");
        Make().Release("a");
        Assert.Equal("0", Read(Heed));
        Make().Release("a");
    }

    [Fact]
    public void ARecordOfAnEarlierStartOfTheHostSaysNothing()
    {
        Make().Need("a", [(Forward, "1")]);
        File.WriteAllText(Record, File.ReadAllText(Record).Replace(Os.Processes.HostBoot.Id, "another", StringComparison.Ordinal));
        Make().Need("a", [(Forward, "1")]);
        Make().Release("a");
        Assert.Equal("1", Read(Forward));
    }

    [Fact]
    public void WhatTheKernelChangesWithForwardingComesBackToo()
    {
        const string Own = "net/ipv4/conf/eth1/forwarding", Other = "net/ipv4/conf/eth0/forwarding", Meddled = "net/ipv4/conf/eth2/forwarding", Redirects = "net/ipv4/conf/all/accept_redirects";
        Write(Own, "1");
        Write(Other, "0");
        Write(Meddled, "1");
        Write(Redirects, "0");
        Make().Need("a", [(Forward, "1")]);

        // As the kernel does; and then somebody else.
        foreach (var name in new[] { Own, Other, Meddled })
        {
            Write(name, "1");
        }

        Write(Redirects, "0");
        Write(Meddled, "0");
        Make().Release("a");
        Assert.Equal(("0", "1", "0", "0", "0"), (Read(Forward), Read(Own), Read(Other), Read(Meddled), Read(Redirects)));
    }

    [Fact]
    public void WhatTheKernelDoesNotHaveIsLeftOut()
    {
        File.Delete(Path.Combine(_root, Forward));
        Make().Need("a", [(Forward, "1"), (Heed, "2")]);
        Assert.DoesNotContain(Forward, File.ReadAllText(Record), StringComparison.Ordinal);
        Assert.Equal(["net/ipv6/conf/eth0/accept_ra"], Make().OfInterfaces("ipv6", "accept_ra"));
    }

    private HostSysctls Make() => new(_root, Record);

    private string Read(string name) => File.ReadAllText(Path.Combine(_root, name));

    private void Write(string name, string value)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, value);
    }
}
