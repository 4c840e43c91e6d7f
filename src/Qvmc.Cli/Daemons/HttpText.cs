namespace Qvmc.Cli.Daemons;

/// <summary>Where to listen for HTTP, as people write it: "8080", "127.0.0.1:8080" or "http://127.0.0.1:8080".</summary>
internal static class HttpText
{
    /// <summary>The address in full. What it can't complete it leaves for the rules of endpoints to refuse.</summary>
    public static string Complete(string text)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return $"http://127.0.0.1:{text}";
        }

        return text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
    }
}
