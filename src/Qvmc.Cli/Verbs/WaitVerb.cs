using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc wait</c>.</summary>
internal static class WaitVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Wait for");
        var condition = Options.For();
        var timeout = Options.Timeout("the wait");
        var command = context.Client("wait", "Wait until instances are ready, stopped, ...", condition, timeout, context.Format);
        selection.AddTo(command);
        context.SetAction(command, (parse, connection) =>
        {
            var limit = parse.GetValue(timeout) ?? Limits.Wait;
            var goal = parse.GetValue(condition) ?? WaitCondition.Ready;
            return new PowerRun(context, connection).RunAsync(parse, selection, showStages: true, "work", async name =>
            {
                var request = new WaitRequest { Name = name, For = goal, Timeout = Duration.FromTimeSpan(limit) };
                var answer = await connection.Instances.WaitAsync(request, Limits.Beyond(limit, context.Terminal.Interrupted));
                return NameOutcome.Done(name, answer.Instance, $"{name} is {WaitConditions.Phrase(goal)}");
            });
        });
        return command;
    }
}
