namespace Qvmc.Core.Faults;

/// <summary>Finds what somebody who mistyped a name may have meant.</summary>
public static class NearestName
{
    private const int MaxLength = 64;

    /// <summary>The name nearest to <paramref name="given"/>, or null when none is near: more than a third of it would change.</summary>
    public static string? Find(string given, IEnumerable<string> names) => FindAll(given, names, 1).FirstOrDefault();

    /// <summary>The names near to <paramref name="given"/>, the nearest first, at most <paramref name="count"/>.</summary>
    public static IReadOnlyList<string> FindAll(string given, IEnumerable<string> names, int count)
    {
        var limit = Math.Max(1, Math.Min(given.Length, MaxLength) / 3);
        return given.Length > MaxLength ? [] :
        [
            .. names
                .Distinct(StringComparer.Ordinal)
                .Select(name => (name, distance: Distance(given.ToUpperInvariant(), name.ToUpperInvariant())))
                .Where(candidate => candidate.distance <= limit)
                .OrderBy(candidate => candidate.distance).ThenBy(candidate => candidate.name, StringComparer.Ordinal)
                .Select(candidate => candidate.name)
                .Take(count),
        ];
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
