using System.Runtime.CompilerServices;

namespace Qvmc.Controller.Images;

/// <summary>When to tell a caller how far the work is that he waits for.</summary>
internal static class ProgressTicks
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Twice a second while the work goes on; ends with it, and leaves its result and its faults alone.</summary>
    public static async IAsyncEnumerable<Task> UntilEndAsync(Task work, TimeProvider time, [EnumeratorCancellation] CancellationToken ct)
    {
        while (await Task.WhenAny(work, Task.Delay(Interval, time, ct)) != work)
        {
            ct.ThrowIfCancellationRequested();
            yield return work;
        }
    }
}
