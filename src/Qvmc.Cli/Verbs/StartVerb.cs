using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc start</c>.</summary>
internal static class StartVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Start");
        var paused = new Option<bool>("--paused") { Description = "Start with the guest's processors standing still" };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is ready" };
        var condition = Options.For();
        var timeout = Options.Timeout("the wait");
        var command = context.Client("start", "Start instances and wait until they are ready", paused, noWait, condition, timeout, context.Format);
        selection.AddTo(command);
        context.SetAction(command, (parse, connection) =>
        {
            var waits = !parse.GetValue(noWait);
            var limit = parse.GetValue(timeout) ?? Limits.Wait;
            var wait = !waits ? WaitCondition.Unspecified : parse.GetValue(paused) ? WaitCondition.Paused : parse.GetValue(condition) ?? WaitCondition.Ready;
            return new PowerRun(context, connection).RunAsync(parse, selection, waits, "start", async name =>
            {
                var request = new StartRequest { Name = name, Paused = parse.GetValue(paused), Wait = wait, Timeout = Duration.FromTimeSpan(limit) };
                var answer = await connection.Instances.StartAsync(request, Limits.Beyond(limit, context.Terminal.Interrupted));
                return NameOutcome.Done(name, answer.Instance, PowerSentence.Of(name, answer.Changed, answer.Message, wait));
            });
        });
        return command;
    }
}
