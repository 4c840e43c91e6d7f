namespace Qvmc.Qmp.Tests;

/// <summary>Limits of waits that a passing test never reaches.</summary>
internal static class Waits
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Long enough to be noticed, short enough to be waited for, for tests whose point is a time-out.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Soon(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);
}
