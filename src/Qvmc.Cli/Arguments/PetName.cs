namespace Qvmc.Cli.Arguments;

/// <summary>Names for instances whose user did not choose one: easy to read, say and type.</summary>
internal static class PetName
{
    private static readonly string[] Qualities =
    [
        "able", "agile", "amber", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "cosy", "crisp", "eager", "early",
        "fair", "fine", "fleet", "fond", "fresh", "gentle", "glad", "golden", "grand", "happy", "hardy", "honest", "jolly", "keen",
        "kind", "light", "lively", "loyal", "lucky", "mellow", "merry", "mild", "neat", "nimble", "noble", "patient", "plain", "polite",
        "proud", "quick", "quiet", "ready", "shiny", "silent", "silver", "smooth", "snug", "solid", "spry", "steady", "sunny", "swift",
        "tidy", "true", "warm", "wise", "witty", "young",
    ];

    private static readonly string[] Animals =
    [
        "badger", "bat", "bear", "beaver", "bee", "bison", "boar", "camel", "cat", "crane", "crow", "deer", "dolphin", "dove", "duck",
        "eagle", "eel", "egret", "elk", "falcon", "ferret", "finch", "fox", "frog", "goat", "goose", "gull", "hare", "hawk", "heron",
        "horse", "ibex", "jay", "koala", "lark", "lemur", "lion", "lynx", "mole", "moose", "mouse", "newt", "otter", "owl", "panda",
        "perch", "pigeon", "pony", "quail", "rabbit", "raven", "robin", "salmon", "seal", "shrew", "sparrow", "squid", "stork", "swan",
        "tiger", "trout", "turtle", "walrus", "weasel", "whale", "wolf", "wren", "yak", "zebra",
    ];

    /// <summary>A name such as "calm-otter".</summary>
    /// <param name="random">Where the choice comes from.</param>
    /// <param name="attempt">0 at first; later ones get a number at their end, because the plain name was taken.</param>
    public static string Next(Random random, int attempt)
    {
        var name = $"{Qualities[random.Next(Qualities.Length)]}-{Animals[random.Next(Animals.Length)]}";
        return attempt == 0 ? name : $"{name}-{random.Next(10, 1000)}";
    }
}
