using System.CommandLine;
using Qvmc.Cli.Instances;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc list</c>.</summary>
internal static class ListVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var filter = new FilterOptions(context);
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Names only, one a line" };
        var command = context.Client("list", "List instances", quiet, context.Format);
        command.Aliases.Add("ls");
        filter.AddTo(command);
        context.SetAction(command, async (parse, connection) =>
        {
            var instances = await InstancePages.AllAsync(connection, filter.Filter(parse), CancellationToken.None);
            if (parse.GetValue(quiet))
            {
                context.Terminal.Out.Write(string.Concat(instances.Select(instance => instance.Name + "\n")));
                return ExitCode.Success;
            }

            context.Printer(parse).Many(instances, terminal => InstanceTable.Write(terminal, instances));
            return ExitCode.Success;
        });
        return command;
    }
}
