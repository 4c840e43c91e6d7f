namespace Qvmc.Controller.Images;

/// <summary>Keeps bytes from being swept until it is disposed of.</summary>
internal sealed class SweepHold(Action release) : IDisposable
{
    private Action? _release = release;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
