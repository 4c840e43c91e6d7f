using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc stop</c>.</summary>
internal static class StopVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Stop");
        var stop = new StopOptions();
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it has stopped" };
        var timeout = Options.Timeout("the wait");
        var command = context.Client("stop", "Stop instances: ask the guest first, and wait until they have stopped", noWait, timeout, context.Format);
        selection.AddTo(command);
        stop.AddTo(command);
        context.SetAction(command, (parse, connection) =>
        {
            var waits = !parse.GetValue(noWait);
            var limit = parse.GetValue(timeout) ?? Limits.Wait;
            return new PowerRun(context, connection).RunAsync(parse, selection, waits, "stop", async name =>
            {
                var request = new StopRequest
                {
                    Name = name,
                    Policy = stop.Policy(parse),
                    Wait = waits ? WaitCondition.Stopped : WaitCondition.Unspecified,
                    Timeout = Duration.FromTimeSpan(limit),
                };
                var answer = await connection.Instances.StopAsync(request, Limits.Beyond(limit, context.Terminal.Interrupted));
                return NameOutcome.Done(name, answer.Instance, PowerSentence.Of(name, answer.Changed, answer.Message, request.Wait));
            });
        });
        return command;
    }
}
