namespace Qvmc.Controller.Images;

/// <summary>The latest that was reported.</summary>
internal sealed class LatestProgress : IProgress<long>
{
    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Report(long value) => Volatile.Write(ref _value, value);
}
