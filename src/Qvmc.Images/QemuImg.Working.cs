using System.Globalization;
using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Images.Tools;

namespace Qvmc.Images;

// Work that may take hours, and is ended only when it gets nowhere.
public sealed partial class QemuImg
{
    // What a slow disk gives in a second.
    private const long SlowBytes = 10 << 20;
    private static readonly TimeSpan Stall = TimeSpan.FromMinutes(1);

    /// <summary>Runs qemu-img to its end while it tells how far it is.</summary>
    /// <param name="arguments">Beginning with what it is to do; "-p" among them.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="patience">How long the slowest host may need between one word and the next.</param>
    /// <param name="percent">Is told how far it is, 0 to 100.</param>
    /// <param name="ct">Ends the program.</param>
    private async Task<ToolResult> WorkAsync(IReadOnlyList<string> arguments, ToolLimits limits, TimeSpan patience, Action<double> percent, CancellationToken ct)
    {
        await using var process = _tool.Start(arguments, limits);
        process.Input.Close();
        using var stall = new StallWatch(Stall + patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, stall.Stalled);
        try
        {
            await FollowAsync(process.Output, stall, percent, either.Token);
            return await process.EndAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FaultException(FaultCode.Timeout, $"{_tool.Name} {arguments[0]} got nowhere for a long time and was ended; is the disk overloaded?");
        }
    }

    // "    (12.50/100%)\r"
    private static async Task FollowAsync(Stream output, StallWatch stall, Action<double> percent, CancellationToken ct)
    {
        var text = new StringBuilder();
        var buffer = new byte[512];
        int count;
        while ((count = await output.ReadAsync(buffer, ct)) > 0)
        {
            foreach (var c in buffer.AsSpan(0, count))
            {
                if (c != '\r')
                {
                    text.Append((char)c);
                    continue;
                }

                var number = text.ToString().Trim(' ', '(', ')').Split('/')[0];
                text.Clear();
                if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var done))
                {
                    stall.Moved();
                    percent(Math.Min(done, 100));
                }
            }

            text.Length = Math.Min(text.Length, 64);
        }
    }
}
