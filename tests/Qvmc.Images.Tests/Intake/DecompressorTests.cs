using Qvmc.Core.Faults;
using Qvmc.Images.Intake;

namespace Qvmc.Images.Tests.Intake;

/// <summary>Programs that hang, and sources that are slow.</summary>
public sealed class DecompressorTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestDirectory _directory = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Program_that_gets_nowhere_is_ended()
    {
        var running = RunAsync(Hang, new MemoryStream(new byte[1 << 20]), None);
        await UntilAsync(() => Pid() is not null);
        _time.Advance(TimeSpan.FromMinutes(2));
        var fault = await Assert.ThrowsAsync<FaultException>(() => running.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(FaultCode.Timeout, fault.Code);
        Assert.Contains("neither took nor gave anything for 60 s", fault.Message, StringComparison.Ordinal);
        await UntilAsync(() => !Directory.Exists($"/proc/{Pid()}"));
    }

    [Fact]
    public async Task Slow_source_or_sink_is_no_stall()
    {
        var hour = TimeSpan.FromHours(1);
        var taken = 0L;
        var source = new JoinedStream(new byte[1 << 20], new MemoryStream(new byte[1 << 20]), () => _time.Advance(hour));
        Assert.Null(await RunAsync("exec cat", source, None, bytes =>
        {
            _time.Advance(hour);
            taken += bytes;
        }));
        Assert.Equal((2 << 20) + 1, taken);
    }

    [Fact]
    public async Task Given_up_ends_the_program_at_once()
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync(Hang, new MemoryStream(new byte[1 << 20]), cancel.Token);
        await UntilAsync(() => Pid() is not null);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(60)));
        await UntilAsync(() => !Directory.Exists($"/proc/{Pid()}"));
    }

    [Fact]
    public async Task Program_that_ends_too_soon_or_writes_files_is_told_of()
    {
        Assert.Contains("more bytes come after its end", (await RunAsync("exit 0", new MemoryStream(new byte[1 << 20]), None))!.Message, StringComparison.Ordinal);
        Assert.Contains("oh dear", (await RunAsync("echo oh dear >&2; exit 3", new MemoryStream(new byte[1 << 20]), None))!.Message, StringComparison.Ordinal);
        Assert.NotNull(await RunAsync($"cat > {_directory.File("file")}", new MemoryStream(new byte[100]), None));
        Assert.Equal(0, new FileInfo(_directory.File("file")).Length);
    }

    // A directory tells its pid: it may not write files.
    private string Hang => $"mkdir {_directory.File("pid-$$")}; exec sleep 600";

    private string? Pid() => Directory.GetDirectories(_directory.Path).Select(d => d.Split('-')[^1]).SingleOrDefault();

    private async Task<FaultException?> RunAsync(string script, Stream source, CancellationToken ct, Action<long>? taken = null)
    {
        var compression = new Compression("test", "sh", "dash", "-c", script);
        return await new Decompressor(compression, _time).RunAsync(
            new byte[1],
            async (buffer, stop) => buffer[..await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop)],
            (bytes, _) =>
            {
                taken?.Invoke(bytes.Length);
                return ValueTask.CompletedTask;
            },
            ct);
    }

    // Another process's doing: there is no event to wait for, so it is looked at, with a limit.
    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    public void Dispose() => _directory.Dispose();
}
