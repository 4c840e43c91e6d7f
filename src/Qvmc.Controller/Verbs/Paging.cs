using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Controller.Verbs;

/// <summary>Pages of lists.</summary>
internal static class Paging
{
    private const uint MaxSize = 1000;
    private const uint DefaultSize = 100;

    /// <summary>How many a page has at most.</summary>
    public static int Size(uint asked) => (int)(asked == 0 ? DefaultSize : asked);

    /// <summary>Every fault of a page's fields.</summary>
    public static IEnumerable<FieldFault> Check(uint size, string token, Func<string, bool> isName)
    {
        if (size > MaxSize)
        {
            yield return new FieldFault("page_size", $"{size} is not allowed: use 1 to {MaxSize}");
        }

        if (token.Length > 0 && !isName(token))
        {
            yield return new FieldFault("page_token", $"{Shown.Quote(token)} is not from a page before: give next_page_token as it was");
        }
    }
}
