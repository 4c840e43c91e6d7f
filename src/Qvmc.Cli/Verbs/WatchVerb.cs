using System.CommandLine;
using System.Globalization;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc watch</c>: a line for each change, until Ctrl-C.</summary>
internal static class WatchVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var filter = new FilterOptions(context);
        var command = context.Client("watch", "Print changes of instances as they happen", context.Format);
        filter.AddTo(command);
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var printer = context.Printer(parse);
            var responses = InstanceWatch.FollowAsync(connection, filter.Filter(parse), new Reconnection(terminal.Clock, OnBroken), terminal.Clock, terminal.Interrupted);
            try
            {
                await foreach (var response in responses)
                {
                    if (response.Type == WatchEventType.Resync)
                    {
                        terminal.Error.WriteLine($"qvmc: changes were missed; beginning again{(response.Message.Length > 0 ? $" ({Plain.Line(response.Message)})" : "")}");
                    }

                    printer.Next(response, () => Line(response));
                }
            }
            catch (OperationCanceledException) when (terminal.IsInterrupted)
            {
                // The way to end it.
            }

            return ExitCode.Interrupted;

            void OnBroken() => terminal.Error.WriteLine("qvmc: the connection to the controller broke; trying again");
        });
        return command;
    }

    private static string Line(WatchResponse response)
    {
        var time = response.Time is null ? "" : response.Time.ToDateTimeOffset().ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var line = $"{time,-12}  {response.Type.ToString().ToUpperInvariant(),-8}";
        if (response.Instance is not { } instance)
        {
            return line.TrimEnd();
        }

        var address = instance.Status?.Addresses is [var first, ..] ? first.Ip : "";
        return Plain.Line($"{line}  {instance.Name}  {StageText.Name(instance.Status?.State ?? default)}  {StageText.Word(instance)}  {address}").TrimEnd();
    }
}
