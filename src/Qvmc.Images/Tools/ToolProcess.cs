using System.Diagnostics;
using System.Text;

namespace Qvmc.Images.Tools;

/// <summary>A program that runs. Disposal ends it, and its children, if it still does.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    /// <summary>Enough for any message; what comes after is read and dropped so that the program does not block.</summary>
    internal const int MaxText = 64 << 10;

    private readonly Process _process;
    private readonly Task<string> _errors;

    internal ToolProcess(Process process)
    {
        _process = process;
        _errors = TextAsync(process.StandardError.BaseStream);
    }

    internal int Id => _process.Id;

    internal Stream Input => _process.StandardInput.BaseStream;

    internal Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Waits for its end. The result has no output: that is the caller's.</summary>
    internal async Task<ToolResult> EndAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return new ToolResult(_process.ExitCode, "", await _errors.WaitAsync(ct));
    }

    /// <summary>The beginning of what comes as text; the rest is dropped.</summary>
    internal static async Task<string> TextAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        var kept = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            kept.Append(buffer, 0, Math.Min(count, MaxText - kept.Length));
        }

        return kept.ToString();
    }

    /// <summary>Ends it if it still runs.</summary>
    internal async Task EndNowAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);

            // A process that waits for a dead disk can't be ended; it is not waited for either.
            await Task.WhenAny(_process.WaitForExitAsync(CancellationToken.None), Task.Delay(TimeSpan.FromSeconds(10), CancellationToken.None));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndNowAsync();
        _process.Dispose();
    }
}
