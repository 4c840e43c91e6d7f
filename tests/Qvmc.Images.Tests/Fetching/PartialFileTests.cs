using System.Diagnostics;
using System.Globalization;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

public sealed class PartialFileTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestDirectory _directory = new();

    private string FilePath => _directory.File("pull-1");

    [Fact]
    public async Task What_was_appended_is_there_when_it_is_opened_again()
    {
        await using (var first = PartialFile.Open(FilePath))
        {
            Assert.Equal(0, first.Length);
            await AppendAsync(first, 1_000_000);
        }

        await using var second = PartialFile.Open(FilePath);
        Assert.Equal(1_000_000, second.Length);
        await AppendAsync(second, 500_000);
        AssertPattern(1_500_000);
    }

    [Fact]
    public async Task What_was_not_recorded_is_cut_off()
    {
        await using (var first = PartialFile.Open(FilePath))
        {
            await AppendAsync(first, 300_000);
            await first.FlushAsync(None);
        }

        // As a crash leaves it: bytes behind the record that may be anything.
        File.AppendAllText(FilePath, "never flushed");
        await using var second = PartialFile.Open(FilePath);
        Assert.Equal(300_000, second.Length);
        AssertPattern(300_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000000300000 0000000000300001\n")]
    [InlineData("0000000000300000 000000000030000")]
    [InlineData("-000000000000001 -000000000000001\n")]
    [InlineData("0000000000300001 0000000000300001\n")]
    [InlineData("9999999999999999 9999999999999999\n")]
    public async Task Record_that_can_not_be_believed_means_nothing_is_there(string record)
    {
        await using (var first = PartialFile.Open(FilePath))
        {
            await AppendAsync(first, 300_000);
        }

        File.WriteAllText(FilePath + ".offset", record);
        await using var second = PartialFile.Open(FilePath);
        Assert.Equal(0, second.Length);
        Assert.Equal(0, new FileInfo(FilePath).Length);
    }

    [Fact]
    public async Task Record_comes_by_itself_soon_and_then_every_now_and_then()
    {
        await using var file = PartialFile.Open(FilePath);
        var chunk = Pattern.Bytes(0, 1 << 20);
        var recorded = new List<long>();
        for (var i = 0; i < 130; i++)
        {
            await file.AppendAsync(chunk, None);
            recorded.Add(long.Parse(File.ReadAllText(FilePath + ".offset").Split(' ')[0], CultureInfo.InvariantCulture) >> 20);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128], recorded.Distinct());
    }

    [Fact]
    public async Task Note_is_there_again_and_only_whole()
    {
        await using (var file = PartialFile.Open(FilePath))
        {
            Assert.Null(file.Note);
            file.SetNote(new string('x', 5000));
            await AppendAsync(file, 1000);
            file.SetNote("from \"hér\"");
        }

        await using (var file = PartialFile.Open(FilePath))
        {
            Assert.Equal((1000, "from \"hér\""), (file.Length, file.Note));
            file.Restart();
            Assert.Equal("from \"hér\"", file.Note);
            await AppendAsync(file, 500);
        }

        using (var record = File.OpenHandle(FilePath + ".offset", FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(record, RandomAccess.GetLength(record) - 3);
        }

        await using (var file = PartialFile.Open(FilePath))
        {
            Assert.Equal((500, null), (file.Length, file.Note));
        }
    }

    [Fact]
    public async Task Second_opener_is_refused_and_changes_nothing()
    {
        await using var first = PartialFile.Open(FilePath);
        await AppendAsync(first, 300_000);
        var fault = Assert.Throws<FaultException>(() => PartialFile.Open(FilePath));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("is being written by somebody else", fault.Message, StringComparison.Ordinal);
        AssertPattern(300_000);
    }

    [Fact]
    public async Task Followers_read_what_comes_until_it_is_complete()
    {
        await using var file = PartialFile.Open(FilePath);
        await AppendAsync(file, 100_000);
        var followers = Enumerable.Range(0, 4).Select(_ => ReadAllAsync(file.Follow())).ToList();
        for (var i = 0; i < 20; i++)
        {
            await AppendAsync(file, 50_000);
            await Task.Yield();
        }

        Assert.DoesNotContain(followers, f => f.IsCompleted);
        file.Complete();
        foreach (var bytes in await Task.WhenAll(followers).WaitAsync(Limit))
        {
            Assert.Equal(Pattern.Bytes(0, 1_100_000), bytes);
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => AppendAsync(file, 1));
        Assert.Equal(1_100_000, (await ReadAllAsync(file.Follow()).WaitAsync(Limit)).Length);
    }

    [Fact]
    public async Task Followers_fail_when_it_begins_anew_goes_or_is_given_up()
    {
        var file = PartialFile.Open(FilePath);
        await AppendAsync(file, 100_000);
        var restarted = ReadAllAsync(file.Follow());
        file.Restart();
        Assert.Contains("began anew", (await Assert.ThrowsAsync<IOException>(() => restarted.WaitAsync(Limit))).Message, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(FilePath).Length);

        await AppendAsync(file, 1000);
        var abandoned = ReadAllAsync(file.Follow());
        await file.DisposeAsync();
        Assert.Contains("was given up", (await Assert.ThrowsAsync<IOException>(() => abandoned.WaitAsync(Limit))).Message, StringComparison.Ordinal);

        file = PartialFile.Open(FilePath);
        Assert.Equal(1000, file.Length);
        var deleted = ReadAllAsync(file.Follow());
        file.Delete();
        await Assert.ThrowsAsync<IOException>(() => deleted.WaitAsync(Limit));
        Assert.Empty(Directory.GetFiles(_directory.Path));
        await using var next = PartialFile.Open(FilePath);
        await file.DisposeAsync();
        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public async Task Follower_waits_only_as_long_as_it_wants()
    {
        await using var file = PartialFile.Open(FilePath);
        using var cancel = new CancellationTokenSource();
        var reading = file.Follow().ReadAsync(new byte[10], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Limit));
    }

    [Fact]
    public async Task New_life_is_followed_from_its_beginning()
    {
        await using var file = PartialFile.Open(FilePath);
        await file.AppendAsync(new byte[] { 1, 2, 3 }, None);
        file.Complete();
        file.Restart();
        await file.AppendAsync(new byte[] { 4, 5 }, None);
        file.Complete();
        Assert.Equal([4, 5], await ReadAllAsync(file.Follow()).WaitAsync(Limit));
    }

    [Fact]
    public async Task Moved_file_is_where_it_belongs_and_leaves_nothing()
    {
        await using (var file = PartialFile.Open(FilePath))
        {
            await AppendAsync(file, 100_000);
            file.MoveTo(_directory.File("image"));
        }

        Assert.Equal([_directory.File("image")], Directory.GetFiles(_directory.Path));
        Assert.Equal(Pattern.Bytes(0, 100_000), File.ReadAllBytes(_directory.File("image")));
    }

    [Fact]
    public async Task Zeros_take_no_room()
    {
        await using var file = PartialFile.Open(FilePath);
        for (var i = 0; i < 64; i++)
        {
            await file.AppendAsync(new byte[1 << 20], None);
        }

        Assert.Equal(64 << 20, new FileInfo(FilePath).Length);
        Assert.True(int.Parse(Shell.Run("stat", "-c", "%b", FilePath), CultureInfo.InvariantCulture) * 512L < 1 << 20);
    }

    [Fact]
    public void Full_disk_is_named_and_what_fitted_stays()
    {
        // A file system of 3 MiB in a mount namespace of its own: gone with the process.
        string[] small = ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=3500k tmpfs \"$0\" && exec \"$@\"", _directory.Path];
        if (Shell.Try("unshare", [.. small, "true"]).ExitCode != 0)
        {
            return; // The kernel forbids namespaces to this user: no way to a full disk here.
        }

        var lines = Shell.Run("unshare", [.. small, Environment.ProcessPath!, "exec", typeof(PartialFileTests).Assembly.Location, "partial", FilePath]).TrimEnd().Split('\n');
        Assert.StartsWith("ResourceExhausted pull-1 needs more room: the file system of", lines[^3], StringComparison.Ordinal);
        Assert.True(int.Parse(lines[^2], CultureInfo.InvariantCulture) > 2_500_000, lines[^2]);
        Assert.Equal(lines[^2], lines[^1]);
    }

    [Fact]
    public async Task Killed_again_and_again_it_goes_on_with_a_true_beginning()
    {
        var most = 0L;
        for (var round = 0; round < 8; round++)
        {
            using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(PartialFileTests).Assembly.Location, "partial", FilePath]) { RedirectStandardOutput = true })!;
            try
            {
                for (var i = Random.Shared.Next(1, 40); i > 0; i--)
                {
                    var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
                    most = long.Parse(line!, CultureInfo.InvariantCulture);
                }
            }
            finally
            {
                process.Kill();
                Assert.True(process.WaitForExit(Limit));
            }

            await using var file = PartialFile.Open(FilePath);
            Assert.True(file.Length >= most, $"round {round}: {file.Length} bytes of {most} that were promised");
            AssertPattern((int)file.Length);
        }
    }

    private static async Task AppendAsync(PartialFile file, int count) => await file.AppendAsync(Pattern.Bytes(file.Length, count), None);

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    // By another process: the lock keeps this one out.
    private void AssertPattern(int count) => Assert.Equal(Pattern.Bytes(0, count), Shell.Bytes("cat", FilePath));

    public void Dispose() => _directory.Dispose();
}
