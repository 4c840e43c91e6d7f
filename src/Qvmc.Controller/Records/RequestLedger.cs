using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Records;

/// <summary>The launches of the last 24 hours by their request ids. Filled from the records, so it outlives a restart.</summary>
internal sealed class RequestLedger(TimeProvider time)
{
    /// <summary>How long a request id is remembered.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, InstanceRecord> _launches = [];

    /// <summary>Whether a record's request id must still be remembered.</summary>
    public bool IsRecent(InstanceRecord record) =>
        record.RequestId.Length > 0 && record.Instance.CreateTime.ToDateTimeOffset() + Kept > time.GetUtcNow();

    /// <summary>Remembers a launch.</summary>
    public void Add(InstanceRecord record)
    {
        if (IsRecent(record))
        {
            lock (_lock)
            {
                _launches[record.RequestId] = record;
            }
        }
    }

    /// <summary>The launch with a request id, or null.</summary>
    public InstanceRecord? Find(string requestId)
    {
        lock (_lock)
        {
            return _launches.TryGetValue(requestId, out var record) && IsRecent(record) ? record : null;
        }
    }

    /// <summary>Forgets launches that are too old; returns their request ids.</summary>
    public IReadOnlyList<string> Prune()
    {
        lock (_lock)
        {
            var old = _launches.Where(l => !IsRecent(l.Value)).Select(l => l.Key).ToList();
            old.ForEach(id => _launches.Remove(id));
            return old;
        }
    }

    /// <summary>SHA-256 of what a launch asks for, without its wait; the order of labels does not count.</summary>
    public static string Hash(LaunchRequest request)
    {
        var bare = request.Clone();
        bare.Wait = WaitCondition.Unspecified;
        bare.Timeout = null;
        bare.Labels.Clear();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, value) in request.Labels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key.Length}:{key}={value.Length}:{value};"));
        }

        hash.AppendData(bare.ToByteArray());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
