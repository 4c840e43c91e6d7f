using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc pause</c>.</summary>
internal static class PauseVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Pause");
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is paused" };
        var timeout = Options.Timeout("the wait");
        var command = context.Client("pause", "Let the guests of instances stand still", noWait, timeout, context.Format);
        selection.AddTo(command);
        context.SetAction(command, (parse, connection) =>
        {
            var waits = !parse.GetValue(noWait);
            var limit = parse.GetValue(timeout) ?? Limits.Wait;
            var wait = waits ? WaitCondition.Paused : WaitCondition.Unspecified;
            return new PowerRun(context, connection).RunAsync(parse, selection, waits, "pause", async name =>
            {
                var request = new PauseRequest { Name = name, Wait = wait, Timeout = Duration.FromTimeSpan(limit) };
                var answer = await connection.Instances.PauseAsync(request, Limits.Beyond(limit, context.Terminal.Interrupted));
                return NameOutcome.Done(name, answer.Instance, PowerSentence.Of(name, answer.Changed, answer.Message, wait));
            });
        });
        return command;
    }
}
