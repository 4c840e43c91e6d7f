using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Catalogue;

/// <summary>What must hold of a catalogue.</summary>
public static class CatalogueRules
{
    private const int MaxTitle = 200;
    private const int MaxUser = 32;
    private const string LatestVersion = "latest";

    /// <summary>Every fault, under its field: <c>images[3].files[0].url</c>.</summary>
    public static IReadOnlyList<FieldFault> Check(Catalog catalog)
    {
        var faults = new List<FieldFault>();
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, entry) in catalog.Images.Index())
        {
            var field = $"images[{index}]";
            CheckNames(entry, field, taken, faults);
            CheckTexts(entry, field, faults);
            if (entry.Files.Count == 0)
            {
                faults.Add(new FieldFault($"{field}.files", "is empty: say where the bytes are"));
            }

            foreach (var (place, file) in entry.Files.Index())
            {
                if (entry.Files.Take(place).Any(other => other.Arch == file.Arch))
                {
                    faults.Add(new FieldFault($"{field}.files[{place}].arch", $"{Shown.Quote(file.Arch)} is there twice: an entry has one file for each processor"));
                }

                CatalogueFileRules.Check(file, $"{field}.files[{place}]", faults);
            }
        }

        return faults;
    }

    // What one entry is called by no other may be.
    private static void CheckNames(CatalogEntry entry, string field, Dictionary<string, string> taken, List<FieldFault> faults)
    {
        if (ImageName.Check(entry.Name, $"{field}.name") is { } fault)
        {
            faults.Add(fault);
        }
        else if (!entry.Name.Contains(':', StringComparison.Ordinal))
        {
            faults.Add(new FieldFault($"{field}.name", $"{Shown.Quote(entry.Name)} has no version: write \"{entry.Name}:VERSION\""));
        }
        else if (entry.Name.EndsWith(":" + LatestVersion, StringComparison.Ordinal))
        {
            faults.Add(new FieldFault($"{field}.name", $"{Shown.Quote(entry.Name)} has no version of its own: give it one, and set \"latest\""));
        }
        else
        {
            Take(entry.Name, $"{field}.name", entry.Name);
            if (entry.Latest)
            {
                Take(CatalogueImage.FamilyOf(entry.Name), $"{field}.latest", entry.Name);
            }
        }

        foreach (var (place, alias) in entry.Aliases.Index())
        {
            var at = $"{field}.aliases[{place}]";
            if (ImageName.Check(alias, at) is { } wrong)
            {
                faults.Add(wrong);
            }
            else if (alias.EndsWith(":" + LatestVersion, StringComparison.Ordinal))
            {
                faults.Add(new FieldFault(at, $"{Shown.Quote(alias)} is not an alias: set \"latest\" instead"));
            }
            else
            {
                Take(alias, at, entry.Name);
            }
        }

        void Take(string reference, string at, string owner)
        {
            if (!taken.TryAdd(reference, owner))
            {
                faults.Add(new FieldFault(at, at.EndsWith(".latest", StringComparison.Ordinal)
                    ? $"{Shown.Quote(reference)} means {Shown.Quote(taken[reference])} already: one entry at most of each name is the latest"
                    : $"{Shown.Quote(reference)} is there twice: it is {Shown.Quote(taken[reference])} already"));
            }
        }
    }

    private static void CheckTexts(CatalogEntry entry, string field, List<FieldFault> faults)
    {
        if (entry.Title.Length > MaxTitle || entry.Title.Any(char.IsControl))
        {
            faults.Add(new FieldFault($"{field}.title", $"{Shown.Quote(entry.Title)} is not allowed: use one line of at most {MaxTitle} characters"));
        }

        var user = entry.DefaultUser;
        if (user.Length > 0 && (user.Length > MaxUser || !(char.IsAsciiLetterLower(user[0]) || user[0] == '_') || user.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'))))
        {
            faults.Add(new FieldFault($"{field}.default_user", $"{Shown.Quote(user)} is not a user's name: use at most {MaxUser} of a-z, 0-9, '_' and '-', beginning with a letter or '_'"));
        }
    }
}
