using Qvmc.Core.Faults;

namespace Qvmc.Images.Fetching;

/// <summary>What became of each source.</summary>
internal sealed class SourceFailures
{
    private readonly List<(Uri Url, SourceException Why)> _all = [];

    /// <summary>How many had other bytes than their checksum says.</summary>
    internal int Mismatches => _all.Count(f => f.Why.Mismatch);

    internal void Add(Uri url, SourceException why) => _all.Add((url, why));

    /// <summary>All of it as one fault: of the kind that they share, else UNAVAILABLE.</summary>
    internal FaultException Fault()
    {
        var codes = _all.Select(f => f.Why.Code).Distinct().ToList();
        return new FaultException(
            codes is [var code] ? code : FaultCode.Unavailable,
            $"the image could not be fetched: {string.Join("; ", _all.Select(f => $"{SourceTrouble.Show(f.Url)} {f.Why.Message}"))}",
            inner: (_all.Find(f => f.Why.Mismatch).Why ?? _all[^1].Why));
    }
}
