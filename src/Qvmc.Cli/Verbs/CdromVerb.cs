using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc cdrom attach|detach|list</c>.</summary>
internal static class CdromVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("cdrom", "Manage CDs, also of a machine that runs")
    {
        Attach(context),
        Detach(context),
        List(context),
    };

    private static Command Attach(VerbContext context)
    {
        var (name, image) = (NameCompletions.Instance(context), Image(context));
        var command = context.Client("attach", "Put a CD into the machine", name, image, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new AttachCdromRequest { Name = parse.GetRequiredValue(name), Image = parse.GetRequiredValue(image) };
            var instance = (await connection.Instances.AttachCdromAsync(request, Quick())).Instance;
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"CD {request.Image} is attached");
        });
        return command;
    }

    private static Command Detach(VerbContext context)
    {
        var (name, image) = (NameCompletions.Instance(context), Image(context));
        var command = context.Client("detach", "Take a CD out of the machine", name, image, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new DetachCdromRequest { Name = parse.GetRequiredValue(name), Image = parse.GetRequiredValue(image) };
            var instance = (await connection.Instances.DetachCdromAsync(request, Quick())).Instance;
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"CD {request.Image} is detached");
        });
        return command;
    }

    private static Command List(VerbContext context)
    {
        var name = NameCompletions.Instance(context);
        var command = context.Client("list", "List the CDs of an instance", name, context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new InfoRequest { Name = parse.GetRequiredValue(name) };
            var cdroms = (await connection.Instances.InfoAsync(request, Quick())).Instance.Spec?.Cdroms ?? [];
            context.Printer(parse).Many(cdroms, terminal =>
            {
                var table = new Table("IMAGE");
                foreach (var cdrom in cdroms)
                {
                    table.Add(cdrom.Image);
                }

                table.Write(terminal);
            });
            return ExitCode.Success;
        });
        return command;
    }

    private static Argument<string> Image(VerbContext context)
    {
        var image = new Argument<string>("IMAGE") { Description = "An image whose format is ISO" };
        image.CompletionSources.Add(NameCompletions.OfImages(context));
        return image;
    }

    private static Grpc.Core.CallOptions Quick() => Limits.In(Limits.Quick, CancellationToken.None);
}
