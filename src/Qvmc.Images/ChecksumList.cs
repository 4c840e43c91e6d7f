using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images.Fetching;

namespace Qvmc.Images;

/// <summary>
/// Checksums as publishers print them: the lines of sha256sum and sha512sum, of BSD's tools and of openssl, also within a
/// clear-signed message; or nothing but the digits. What else stands there, other algorithms too, is passed over.
/// </summary>
public sealed class ChecksumList
{
    /// <summary>Longest list that is read. Distributions' have a few hundred lines.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly List<ChecksumLine> _lines;

    private ChecksumList(List<ChecksumLine> lines) => _lines = lines;

    /// <summary>Reads a list; lines that say nothing of SHA-256 or SHA-512 are no error.</summary>
    public static ChecksumList Parse(ReadOnlySpan<byte> text)
    {
        var lines = new List<ChecksumLine>();
        foreach (var line in Encoding.UTF8.GetString(text).TrimStart('\uFEFF').Split('\n'))
        {
            if (ChecksumLine.TryParse(line.TrimEnd('\r', ' ', '\t'), out var parsed))
            {
                lines.Add(parsed);
            }
        }

        return new ChecksumList(lines);
    }

    /// <summary>
    /// What the list says of the file at <paramref name="file"/>, known by the last part of its path; the strongest
    /// algorithm first. Where several lines name such a file, those whose directories agree best count.
    /// </summary>
    /// <param name="file">Where the file is.</param>
    /// <exception cref="FaultException">Nothing, or more than one thing (FAILED_PRECONDITION).</exception>
    public IReadOnlyList<Checksum> Of(Uri file)
    {
        var path = Uri.UnescapeDataString(file.AbsolutePath).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var name = path.LastOrDefault("");
        var lines = Best(path);
        if (lines.Count == 0)
        {
            throw Fault(_lines.Count == 0
                ? "has no SHA-256 or SHA-512 checksum in it, as sha256sum, sha512sum or BSD tools print them: is it the right address?"
                : $"does not name {Shown.Quote(name)}: it names {Shown.Some([.. _lines.Where(l => l.Name is not null).Select(l => l.Name!).Distinct()], 5)}");
        }

        var checksums = lines.Select(l => l.Checksum).Distinct().OrderByDescending(c => c.Hex.Length).ToList();
        return checksums.DistinctBy(c => c.Algorithm).Count() == checksums.Count
            ? checksums
            : throw Fault($"has several checksums of {Shown.Quote(name)}: give the right one as digest instead");
    }

    private List<ChecksumLine> Best(string[] path)
    {
        var agreeing = _lines.Where(l => l.Name is not null).Select(l => (Line: l, Parts: l.Agreement(path))).Where(l => l.Parts > 0).ToList();
        if (agreeing.Count > 0)
        {
            var most = agreeing.Max(l => l.Parts);
            return [.. agreeing.Where(l => l.Parts == most).Select(l => l.Line)];
        }

        // Bare digits speak of the one file beside them; not so in a list that names files.
        return _lines.TrueForAll(l => l.Name is null) ? _lines : [];
    }

    private static FaultException Fault(string what) => new(FaultCode.FailedPrecondition, $"the list of checksums {what}");
}
