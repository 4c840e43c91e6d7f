using System.Collections.Concurrent;

namespace Qvmc.Controller.Images;

/// <summary>Bytes that a verification found damaged since the controller started, and that have not been fetched again since.</summary>
internal sealed class DamagedImages
{
    private readonly ConcurrentDictionary<string, bool> _digests = new(StringComparer.Ordinal);

    public bool Contains(string digest) => _digests.ContainsKey(digest);

    public void Add(string digest) => _digests[digest] = true;

    /// <summary>Returns whether they were known to be damaged.</summary>
    public bool Remove(string digest) => _digests.TryRemove(digest, out _);
}
