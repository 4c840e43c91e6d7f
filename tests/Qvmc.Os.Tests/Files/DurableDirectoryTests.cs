using Qvmc.Os.Files;

namespace Qvmc.Os.Tests.Files;

public sealed class DurableDirectoryTests
{
    [Fact]
    public void Syncs_a_directory_and_leaves_no_descriptor()
    {
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 200; i++)
        {
            DurableDirectory.Sync(Path.GetTempPath());
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 1, before + 100);
    }

    [Fact]
    public void Names_the_directory_that_is_not_there() =>
        Assert.Contains("open /no/such", Assert.Throws<OsException>(() => DurableDirectory.Sync("/no/such")).Message, StringComparison.Ordinal);
}
