using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class CdromRulesTests
{
    [Fact]
    public void Faults_name_their_CD()
    {
        Assert.Equal(["c[1].image", "c[2].image"], CdromRules.Check([Cd("a"), Cd("A"), Cd("a")], "c").Select(f => f.Field));
        Assert.Equal("c", Assert.Single(CdromRules.Check([Cd("a"), Cd("b"), Cd("c"), Cd("d"), Cd("e")], "c")).Field);
        Assert.Empty(CdromRules.Check([Cd("a"), Cd("b"), Cd("c"), Cd("d")], "c"));
    }

    [Fact]
    public void The_fifth_is_refused_but_one_of_the_four_is_not()
    {
        var full = new InstanceSpec { Cdroms = { Cd("a"), Cd("b"), Cd("c"), Cd("d") } };
        Assert.Single(CdromRules.CheckAttach(new AttachCdromRequest { Image = "e" }, full));
        Assert.Empty(CdromRules.CheckAttach(new AttachCdromRequest { Image = "d" }, full));
        Assert.Equal("image", Assert.Single(CdromRules.CheckAttach(new AttachCdromRequest(), new InstanceSpec())).Field);
    }

    private static Cdrom Cd(string image) => new() { Image = image };
}
