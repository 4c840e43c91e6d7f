using Qvmc.Cli.Output;

namespace Qvmc.Cli.Verbs;

/// <summary>What is said of a power verb that worked.</summary>
internal static class PowerSentence
{
    /// <summary>The server's sentence, under the instance's name; ours when it has none.</summary>
    /// <param name="name">The instance.</param>
    /// <param name="changed">Whether anything was done.</param>
    /// <param name="message">The server's sentence; may be empty.</param>
    /// <param name="done">"started".</param>
    /// <param name="already">"running".</param>
    public static string Of(string name, bool changed, string message, string done, string already)
    {
        var sentence = message switch
        {
            { Length: > 0 } => Plain.Line(message),
            _ when changed => done,
            _ => $"already {already}",
        };
        return sentence.Contains($"\"{name}\"", StringComparison.Ordinal) ? sentence : $"{name}: {sentence}";
    }
}
