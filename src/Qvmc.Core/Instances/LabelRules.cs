using Qvmc.Core.Faults;

namespace Qvmc.Core.Instances;

/// <summary>The user's own keys and values.</summary>
public static class LabelRules
{
    /// <summary>Most labels of one instance.</summary>
    public const int MaxCount = 64;

    /// <summary>Longest key.</summary>
    public const int MaxKeyLength = 63;

    /// <summary>Longest value.</summary>
    public const int MaxValueLength = 255;

    /// <summary>Every fault of <paramref name="labels"/>.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyCollection<KeyValuePair<string, string>> labels)
    {
        if (labels.Count > MaxCount)
        {
            yield return new FieldFault("labels", $"{labels.Count} labels are too many: at most {MaxCount}");
            yield break;
        }

        foreach (var (key, value) in labels)
        {
            var field = $"labels[{Shown.Quote(key)}]";
            if (!IsKey(key))
            {
                yield return new FieldFault(field, $"the key {Shown.Quote(key)} is not allowed: use 1 to {MaxKeyLength} of a-z, A-Z, 0-9, '.', '_', '-' and '/'");
            }

            if (value.Length > MaxValueLength)
            {
                yield return new FieldFault(field, $"the value has {value.Length} characters: at most {MaxValueLength}");
            }
        }
    }

    /// <summary>Whether <paramref name="key"/> can be a label's key.</summary>
    public static bool IsKey(string key) => key.Length is > 0 and <= MaxKeyLength
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/');
}
