using System.Text.RegularExpressions;
using Qvmc.Core.Instances;

namespace Qvmc.Core.CloudInit;

/// <summary>Names of time zones by their shape. Which there are, the guest's own tzdata knows.</summary>
internal static partial class TimezoneRules
{
    /// <summary>Why it is refused, or null. An empty one is none.</summary>
    internal static string? Refuse(string name)
    {
        if (name.Length == 0)
        {
            return null;
        }

        if (name.Length > CloudInitLimits.MaxTimezone)
        {
            return $"has {name.Length} characters; at most {CloudInitLimits.MaxTimezone} are possible";
        }

        return Shape().IsMatch(name) ? null : $"{Shown.Quote(name)} is no name of a time zone; they are written \"Europe/Berlin\", \"America/Argentina/Salta\", \"Etc/GMT+5\" or \"UTC\"";
    }

    // tzdata's theory.html: parts of letters, digits, '.', '-' and '_'; '+' in Etc. None is "." or "..".
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
