namespace Qvmc.Images.Catalogue;

/// <summary>Orders versions as people do: 3.9 before 3.22, and words ("rolling") before numbers.</summary>
internal sealed class VersionOrder : IComparer<string>
{
    private static readonly char[] Separators = ['.', '-', '_'];

    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = (x ?? "").Split(Separators);
        var right = (y ?? "").Split(Separators);
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            if (CompareParts(left[i], right[i]) is var order and not 0)
            {
                return order;
            }
        }

        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(x, y);
    }

    private static int CompareParts(string x, string y) => (IsNumber(x), IsNumber(y)) switch
    {
        // As text, so that no number is too large.
        (true, true) => (x.TrimStart('0'), y.TrimStart('0')) is var (a, b) && a.Length != b.Length
            ? a.Length.CompareTo(b.Length)
            : string.CompareOrdinal(a, b),
        (false, false) => string.CompareOrdinal(x, y),
        (var isNumber, _) => isNumber ? 1 : -1,
    };

    private static bool IsNumber(string part) => part.Length > 0 && part.All(char.IsAsciiDigit);
}
