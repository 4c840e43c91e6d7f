using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>What is said of a power verb that worked.</summary>
internal static class PowerSentence
{
    /// <summary>
    /// What became true by waiting; else the server's sentence on what it does ("is being started") or why there is nothing
    /// to do ("is running already").
    /// </summary>
    /// <param name="name">The instance.</param>
    /// <param name="changed">Whether anything was done.</param>
    /// <param name="message">The server's sentence.</param>
    /// <param name="wait">What was waited for.</param>
    public static string Of(string name, bool changed, string message, WaitCondition wait)
    {
        if (message.Length == 0 || (changed && wait != WaitCondition.Unspecified))
        {
            return wait == WaitCondition.Unspecified ? $"{name}: accepted" : $"{name} is {WaitConditions.Phrase(wait)}";
        }

        var sentence = Plain.Line(message);
        return sentence.Contains($"\"{name}\"", StringComparison.Ordinal) ? sentence : $"{name}: {sentence}";
    }
}
