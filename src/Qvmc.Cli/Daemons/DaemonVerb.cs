using System.CommandLine;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Settings;

namespace Qvmc.Cli.Daemons;

/// <summary>A verb that is a daemon: <c>qvmc NAME -c FILE [--check]</c>.</summary>
internal static class DaemonVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="context">The surroundings.</param>
    /// <param name="name">The daemon's name, which is the verb.</param>
    /// <param name="description">What the daemon does.</param>
    /// <param name="rules">What must hold of its settings.</param>
    /// <param name="create">Builds it.</param>
    public static Command Create<T>(VerbContext context, string name, string description, Func<T, IReadOnlyList<FieldFault>> rules, Func<T, WebApplication> create)
        where T : class, IMessage<T>, new()
    {
        var file = new Option<string>("--config", "-c") { Description = $"Its configuration; \"qvmc config example {name}\" prints one", HelpName = "FILE", Required = true };
        var check = new Option<bool>("--check") { Description = "Only check the configuration" };
        var command = new Command(name, description) { file, check };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var path = parse.GetRequiredValue(file);
            if (Load(context.Terminal, path, rules) is not { } settings)
            {
                return ExitCode.Usage;
            }

            if (parse.GetValue(check))
            {
                context.Terminal.Out.Write($"{path} is a good configuration of qvmc {name}\n");
                return ExitCode.Success;
            }

            await DaemonRunner.RunAsync(create(settings), name, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    // Whatever is wrong with the file, it is the configuration that must be mended.
    private static T? Load<T>(Terminal terminal, string path, Func<T, IReadOnlyList<FieldFault>> rules)
        where T : class, IMessage<T>, new()
    {
        try
        {
            return SettingsFile.Load(path, rules);
        }
        catch (FaultException fault)
        {
            FaultText.Write(terminal, fault);
            return null;
        }
    }
}
