using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Core.Tests.CloudInit;

/// <summary>What is given beside user-data: host name, time zone, packages.</summary>
public sealed class AdditionTests
{
    private const string Hostname = "spec.cloud_init.hostname";
    private const string Timezone = "spec.cloud_init.timezone";
    private const string Packages = "spec.cloud_init.packages";

    [Theory]
    [InlineData("")]
    [InlineData("db")]
    [InlineData("7")]
    [InlineData("DB-1.Example.org")]
    [InlineData("a.b2.c3d")]
    public void Dns_names_are_taken(string name) => Assert.Empty(Cloud.Check(new Spec { Hostname = name }));

    [Theory]
    [InlineData("-db")]
    [InlineData("db-.org")]
    [InlineData("db..org")]
    [InlineData("db.org.")]
    [InlineData("db_1")]
    [InlineData("d b")]
    [InlineData("d\u0000b")]
    [InlineData("dü")]
    [InlineData("\u212a")]
    [InlineData("10.0.2.15")]
    public void Other_names_are_not(string name) => Assert.Equal(Hostname, Assert.Single(Cloud.Check(new Spec { Hostname = name })).Field);

    [Fact]
    public void Names_are_bounded()
    {
        var label = new string('a', 63);
        Assert.Empty(Cloud.Check(new Spec { Hostname = $"{label}.{label}.{label}.{label[..61]}" }));
        Assert.Single(Cloud.Check(new Spec { Hostname = $"{label}.{label}.{label}.{label[..62]}" }));
        Assert.Single(Cloud.Check(new Spec { Hostname = label + "a" }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("America/Port-au-Prince")]
    [InlineData("Etc/GMT+5")]
    [InlineData("EST5EDT")]
    public void Time_zones_are_taken(string name) => Assert.Empty(Cloud.Check(new Spec { Timezone = name }));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("Europe/../../etc/passwd")]
    [InlineData("Europe/")]
    [InlineData("+01:00")]
    [InlineData("Europe Berlin")]
    [InlineData("UTC\n")]
    [InlineData("A/b/c/d")]
    public void Other_time_zones_are_not(string name)
    {
        var fault = Assert.Single(Cloud.Check(new Spec { Timezone = name }));
        Assert.Equal(Timezone, fault.Field);
        Assert.Contains("\"Europe/Berlin\"", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vim")]
    [InlineData("g++")]
    [InlineData("vim=2:9.0.1378-2+deb12u2~bpo1")]
    [InlineData("libc6:arm64")]
    [InlineData("nginx/stable-backports")]
    [InlineData("@development-tools")]
    [InlineData("perl(URI)")]
    [InlineData("NetworkManager")]
    public void Packages_are_taken(string name) => Assert.Empty(Cloud.Check(new Spec { Packages = { name } }));

    [Theory]
    [InlineData("", "has 0 characters")]
    [InlineData("-y", "begins with '-', as options do")]
    [InlineData("vim-", "ends in '-', by which apt means")]
    [InlineData("a b", "is no name of a package")]
    [InlineData("a;reboot", "is no name of a package")]
    [InlineData("$(reboot)", "is no name of a package")]
    [InlineData("vim\n", "is no name of a package")]
    [InlineData(".", "is no name of a package")]
    public void Other_packages_are_not(string name, string why)
    {
        var fault = Assert.Single(Cloud.Check(new Spec { Packages = { "vim", name } }));
        Assert.Equal(Packages + "[1]", fault.Field);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_are_bounded()
    {
        Assert.Empty(Cloud.Check(new Spec { Packages = { Enumerable.Repeat(new string('a', 128), 256) } }));
        Assert.Equal("has 257 packages; at most 256 are possible", Assert.Single(Cloud.Check(new Spec { Packages = { Enumerable.Repeat("a", 257) } })).Message);
        Assert.Single(Cloud.Check(new Spec { Packages = { new string('a', 129) } }));
    }

    [Theory]
    [InlineData("#cloud-config\npackages: [vim]\n", null)]
    [InlineData("#cloud-config\nlocale: x\n", null)]
    [InlineData("#cloud-config\npackages:\nlocale: x\n", "(line 2, column 10), which is no list")]
    [InlineData("#cloud-config\nlocale: x\npackages: vim\n", "(line 3, column 11), which is no list")]
    [InlineData("#cloud-config-archive\n- packages\n", null)]
    [InlineData("#!/bin/sh\npackages: vim\n", null)]
    public void Packages_can_only_join_a_list(string userData, string? why)
    {
        Assert.Empty(Cloud.Check(new Spec { UserData = userData }));
        var faults = Cloud.Check(new Spec { UserData = userData, Packages = { "jq" } });
        Assert.Equal(why is not null, faults.Any(f => f.Field == Packages && f.Message.Contains(why!, StringComparison.Ordinal)));
        Assert.Equal(why is null ? 0 : 1, faults.Count);
    }

    [Fact]
    public void Every_fault_comes_at_once() => Assert.Equal(
        ["spec.cloud_init.user_data", Hostname, Timezone, Packages + "[0]", Packages + "[2]"],
        Cloud.Check(new Spec { UserData = "#cloud-config\na: [", Hostname = "?", Timezone = "?", Packages = { "-a", "b", "-c" } }).Select(f => f.Field));
}
