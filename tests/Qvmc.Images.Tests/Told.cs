namespace Qvmc.Images.Tests;

/// <summary>All that was reported, in order.</summary>
internal sealed class Told<T> : IProgress<T>
{
    internal List<T> Values { get; } = [];

    public void Report(T value)
    {
        lock (Values)
        {
            Values.Add(value);
        }
    }
}
