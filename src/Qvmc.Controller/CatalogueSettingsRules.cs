using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Controller;

/// <summary>What must hold of the places that the configuration names for catalogues. Whether something is there is seen later.</summary>
internal static class CatalogueSettingsRules
{
    /// <summary>Every fault of <paramref name="places"/>.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyList<string> places)
    {
        for (var i = 0; i < places.Count; i++)
        {
            var message = places.Take(i).Contains(places[i], StringComparer.Ordinal) ? $"{Shown.Quote(places[i])} is there twice" : Check(places[i]);
            if (message is not null)
            {
                yield return new FieldFault($"catalogs[{i}]", message);
            }
        }
    }

    private static string? Check(string place)
    {
        if (place.Length == 0)
        {
            return "is empty: give the absolute path of a JSON file, or a http or https URL";
        }

        if (Path.IsPathFullyQualified(place) && !place.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        if (!Uri.TryCreate(place, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            return $"{Shown.Quote(place)} is not allowed: give the absolute path of a JSON file, or a http or https URL";
        }

        return url.UserInfo.Length > 0 ? "has a user's name or password in it, which a search would show: leave that out" : null;
    }
}
