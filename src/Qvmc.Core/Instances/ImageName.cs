using Qvmc.Core.Faults;

namespace Qvmc.Core.Instances;

/// <summary>Names of images.</summary>
public static class ImageName
{
    /// <summary>Longest name.</summary>
    public const int MaxLength = 128;

    /// <summary>The fault of a name, or null.</summary>
    public static FieldFault? Check(string name, string field = "name")
    {
        if (name.Length == 0)
        {
            return new FieldFault(field, "is missing: give the image's name");
        }

        return Is(name) ? null : new FieldFault(field, $"{Shown.Quote(name)} is not allowed: use 1 to {MaxLength} of a-z, 0-9, '.', '_', '-' and at most one ':' before a version, beginning with a letter or digit");
    }

    /// <summary>Whether <paramref name="name"/> can be an image's.</summary>
    public static bool Is(string name)
    {
        if (name.Length is 0 or > MaxLength || !IsLetterOrDigit(name[0]) || name[^1] == ':')
        {
            return false;
        }

        return name.All(c => IsLetterOrDigit(c) || c is '.' or '_' or '-' or ':') && name.Count(c => c == ':') <= 1;
    }

    private static bool IsLetterOrDigit(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
