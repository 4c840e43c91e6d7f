using CsCheck;
using Google.Protobuf.Collections;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class DataDiskRulesTests
{
    [Theory]
    [InlineData("data1", true)]
    [InlineData("a", true)]
    [InlineData("a-", true)]
    [InlineData("abcdefghijklmnopqrst", true)]
    [InlineData("abcdefghijklmnopqrstu", false)]
    [InlineData("1a", false)]
    [InlineData("-a", false)]
    [InlineData("A", false)]
    [InlineData("a.b", false)]
    [InlineData("a/b", false)]
    [InlineData("a,b", false)]
    [InlineData("ä", false)]
    [InlineData("", false)]
    public void Names(string name, bool allowed) => Assert.Equal(allowed, DataDiskRules.CheckName(name, "name") is null);

    [Fact]
    public void Every_fault_comes_at_once_and_names_its_disk()
    {
        var disks = new[] { Disk("a", 1), Disk("a", 0), Disk("B", 67_108_865), Disk("", 5) };
        Assert.Equal(
            ["d[1].size_mib", "d[1].name", "d[2].size_mib", "d[2].name"],
            DataDiskRules.Check(disks, "d").Select(f => f.Field));
        Assert.Empty(DataDiskRules.Check([.. Enumerable.Range(1, 16).Select(n => Disk($"a{n}", 1))], "d"));
        Assert.Equal("d", Assert.Single(DataDiskRules.Check([.. Enumerable.Range(1, 17).Select(n => Disk($"a{n}", 1))], "d")).Field);
    }

    [Fact]
    public void Completion_gives_names_that_are_free() => Gen.Int[0, 20].Array[0, 16].Sample(numbers =>
    {
        var disks = new RepeatedField<DataDisk> { numbers.Distinct().Select(n => Disk(n > 10 ? "" : $"data{n}", 1)) };
        var given = disks.Select(d => d.Name).ToList();
        DataDiskRules.Complete(disks, 7);
        Assert.Equal(disks.Count, disks.Select(d => d.Name).Distinct().Count());
        Assert.All(disks, d => Assert.True(DataDiskRules.IsName(d.Name) && d.Generation == 7));
        Assert.All(given.Zip(disks), pair => Assert.True(pair.First.Length == 0 || pair.First == pair.Second.Name));
    });

    private static DataDisk Disk(string name, uint mib) => new() { Name = name, SizeMib = mib };
}
