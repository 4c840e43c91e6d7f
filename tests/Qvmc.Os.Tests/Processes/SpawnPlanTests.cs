using Qvmc.Os.Processes;

namespace Qvmc.Os.Tests.Processes;

/// <summary>What a child has in the end, by playing the actions through as the two kernels do.</summary>
public sealed class SpawnPlanTests
{
    private static readonly Dictionary<int, string> Ours = new() { [0] = "tty", [1] = "tty", [2] = "tty", [3] = "log", [4] = "b", [5] = "c", [7] = "a", [9] = "stray" };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheChildHasWhatItIsGivenAndNothingElse(bool onMacOS)
    {
        var child = Play([7, 4, 5], onMacOS ? SpawnAbi.MacOS : SpawnAbi.Linux);
        Assert.Equal(
            new Dictionary<int, string> { [0] = "/dev/null", [1] = "/out", [2] = "/out", [3] = "a", [4] = "b", [5] = "c" },
            child.OrderBy(d => d.Key).ToDictionary());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WithNoneItHasNone(bool onMacOS) =>
        Assert.Equal([0, 1, 2], Play([], onMacOS ? SpawnAbi.MacOS : SpawnAbi.Linux).Keys.Order());

    [Fact]
    public void OnMacOSAllButWhatAnActionMadeIsClosedAndTheSessionIsItsOwn()
    {
        // sys/spawn.h: SETSIGDEF, SETSIGMASK, SETSID, CLOEXEC_DEFAULT; 0x80 there would start it suspended.
        Assert.Equal(0x0004 | 0x0008 | 0x0400 | 0x4000, SpawnAbi.MacOS.Flags);
        Assert.DoesNotContain(SpawnPlan.Of([7], "/out", "/", SpawnAbi.MacOS), a => a is SpawnAction.CloseFrom);
        Assert.Contains(SpawnPlan.Of([7], "/out", "/", SpawnAbi.MacOS), a => a is SpawnAction.Open { Path: "/out", Flags: 0x209, Mode: 0x180 });
    }

    [Fact]
    public void OnMacOSEverySignalIsResetButThoseThatCannotBe()
    {
        var set = SpawnAbi.MacOS.Catchable!.Value;
        int[] signals = [.. Enumerable.Range(1, 32).Where(s => (set & (1u << (s - 1))) != 0)];
        Assert.Equal(Enumerable.Range(1, 31).Except([9, 17]), signals);
    }

    private static Dictionary<int, string> Play(int[] descriptors, SpawnAbi abi)
    {
        var table = new Dictionary<int, string>(Ours);
        var made = new HashSet<int>();
        foreach (var action in SpawnPlan.Of(descriptors, "/out", "/", abi))
        {
            switch (action)
            {
                case SpawnAction.Duplicate(var from, var to):
                    table[to] = table[from];
                    made.Add(to);
                    break;
                case SpawnAction.Close(var descriptor):
                    Assert.True(table.Remove(descriptor));
                    break;
                case SpawnAction.CloseFrom(var first):
                    table.Keys.Where(k => k >= first).ToList().ForEach(k => table.Remove(k));
                    break;
                case SpawnAction.Open(var descriptor, var path, _, _):
                    table[descriptor] = path;
                    made.Add(descriptor);
                    break;
                default:
                    break;
            }
        }

        return table.Where(d => !abi.ClosesByDefault || made.Contains(d.Key)).ToDictionary();
    }
}
