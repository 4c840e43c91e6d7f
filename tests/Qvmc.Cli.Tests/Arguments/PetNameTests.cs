using System.Text.RegularExpressions;
using Qvmc.Cli.Arguments;
using Qvmc.Core.Instances;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class PetNameTests
{
    [Fact]
    public void Every_name_is_a_good_one()
    {
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            Assert.Null(InstanceName.Check(PetName.Next(random, i % 2), "name"));
        }
    }

    [Fact]
    public void Only_later_attempts_have_a_number()
    {
        Assert.DoesNotMatch(new Regex("[0-9]"), PetName.Next(new Random(1), 0));
        Assert.Matches("-[0-9]+$", PetName.Next(new Random(1), 1));
    }
}
