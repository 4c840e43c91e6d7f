using System.Security.Cryptography;

namespace Qvmc.Core.Instances;

/// <summary>Identities of instances: 12 characters of a-z and 2-7, 60 random bits.</summary>
public static class Uid
{
    /// <summary>How many characters an identity has.</summary>
    public const int Length = 12;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>A new identity. The first character is a letter, so that it can begin any name made from it.</summary>
    public static string Create() => RandomNumberGenerator.GetString(Alphabet.AsSpan(0, 26), 1)
        + RandomNumberGenerator.GetString(Alphabet, Length - 1);

    /// <summary>Whether <paramref name="value"/> has an identity's form.</summary>
    public static bool Is(string value) => value.Length == Length && value.All(Alphabet.Contains);
}
