using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Says what became of a change of an instance, once it has reached the machine.</summary>
internal static class ChangeReport
{
    /// <summary>Prints the sentence, and what is left to be done.</summary>
    public static async Task<int> WriteAsync(VerbContext context, ParseResult parse, ControllerConnection connection, Instance changed, string sentence)
    {
        var instance = await Settling.WaitAsync(connection, changed, CancellationToken.None);
        var restart = instance.Status?.Conditions.FirstOrDefault(c => c.Type == ConditionType.RestartRequired && c.Met);
        var note = restart switch
        {
            null => "",
            { Reason: "ChangeFailed" } => $"; not yet: {restart.Message}; it is tried again, and \"qvmc restart {instance.Name}\" applies it",
            _ => $"; \"qvmc restart {instance.Name}\" applies the change",
        };
        context.Printer(parse).One(instance, terminal => terminal.Out.Write($"{instance.Name}: {sentence}{note}\n"));
        return ExitCode.Success;
    }
}
