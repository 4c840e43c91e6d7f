using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc restart</c>.</summary>
internal static class RestartVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Restart");
        var stop = new StopOptions();
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is ready again" };
        var condition = Options.For();
        var timeout = Options.Timeout("the wait");
        var command = context.Client("restart", "Stop instances and start them on their latest settings", noWait, condition, timeout, context.Format);
        selection.AddTo(command);
        stop.AddTo(command);
        context.SetAction(command, (parse, connection) =>
        {
            var waits = !parse.GetValue(noWait);
            var limit = parse.GetValue(timeout) ?? Limits.Wait;
            return new PowerRun(context, connection).RunAsync(parse, selection, waits, "restart", async name =>
            {
                var request = new RestartRequest
                {
                    Name = name,
                    Policy = stop.Policy(parse),
                    Wait = waits ? (parse.GetValue(condition) ?? WaitCondition.Ready) : WaitCondition.Unspecified,
                    Timeout = Duration.FromTimeSpan(limit),
                };
                var answer = await connection.Instances.RestartAsync(request, Limits.Beyond(limit, context.Terminal.Interrupted));
                return NameOutcome.Done(name, answer.Instance, waits ? $"{name} is {WaitConditions.Phrase(request.Wait)} again" : $"{name}: being restarted");
            });
        });
        return command;
    }
}
