namespace Qvmc.Controller.Images;

/// <summary>An instance is about to use bytes: until this is disposed of they count as used by it.</summary>
internal sealed class ImageClaim(string digest, string instance, Action<ImageClaim> drop) : IDisposable
{
    public string Digest { get; } = digest;

    public string Instance { get; } = instance;

    /// <inheritdoc/>
    public void Dispose() => drop(this);
}
