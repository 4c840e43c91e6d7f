using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc disk add|resize|attach|detach|remove|list</c>: disks beside the first one.</summary>
internal static class DiskVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("disk", "Manage data disks, also of a machine that runs")
    {
        Add(context),
        Resize(context),
        Switch(context, "attach", "Put a data disk back into the machine", detached: false),
        Switch(context, "detach", "Take a data disk out of the machine; its bytes are kept", detached: true),
        Remove(context),
        List(context),
    };

    private static Command Add(VerbContext context)
    {
        var (name, disk) = (NameCompletions.Instance(context), Options.NewDisk());
        var command = context.Client("add", "Add an empty disk", name, disk, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new AddDiskRequest { Name = parse.GetRequiredValue(name), Disk = parse.GetValue(disk) };
            var instance = (await connection.Instances.AddDiskAsync(request, Quick())).Instance;
            var added = instance.Spec.DataDisks.FirstOrDefault(d => d.Generation == instance.Generation) ?? request.Disk ?? new DataDisk();
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"disk {added.Name} is added ({SizeText.OfMib(added.SizeMib)})");
        });
        return command;
    }

    private static Command Resize(VerbContext context)
    {
        var (name, disk, size) = (NameCompletions.Instance(context), Disk(), Options.NewSize("Its new size; a disk only grows"));
        var command = context.Client("resize", "Grow a data disk", name, disk, size, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new UpdateDiskRequest { Name = parse.GetRequiredValue(name), Disk = parse.GetRequiredValue(disk), SizeMib = parse.GetValue(size) };
            var instance = (await connection.Instances.UpdateDiskAsync(request, Quick())).Instance;
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"disk {request.Disk} has {SizeText.OfMib(request.SizeMib)}");
        });
        return command;
    }

    private static Command Switch(VerbContext context, string verb, string description, bool detached)
    {
        var (name, disk) = (NameCompletions.Instance(context), Disk());
        var command = context.Client(verb, description, name, disk, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new UpdateDiskRequest { Name = parse.GetRequiredValue(name), Disk = parse.GetRequiredValue(disk), Detached = detached };
            var instance = (await connection.Instances.UpdateDiskAsync(request, Quick())).Instance;
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"disk {request.Disk} is {verb}ed");
        });
        return command;
    }

    private static Command Remove(VerbContext context)
    {
        var (name, disk) = (NameCompletions.Instance(context), Disk());
        var force = new Option<bool>("--force") { Description = "Even if it is attached" };
        var command = context.Client("remove", "Remove a data disk and its bytes for good", name, disk, force, context.Format);
        command.Aliases.Add("rm");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new RemoveDiskRequest { Name = parse.GetRequiredValue(name), Disk = parse.GetRequiredValue(disk), Force = parse.GetValue(force) };
            var instance = (await connection.Instances.RemoveDiskAsync(request, Quick())).Instance;
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"disk {request.Disk} is removed");
        });
        return command;
    }

    private static Command List(VerbContext context)
    {
        var name = NameCompletions.Instance(context);
        var command = context.Client("list", "List the data disks of an instance", name, context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new InfoRequest { Name = parse.GetRequiredValue(name) };
            var disks = (await connection.Instances.InfoAsync(request, Quick())).Instance.Spec?.DataDisks ?? [];
            context.Printer(parse).Many(disks, terminal => Write(terminal, disks));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(Terminal terminal, IEnumerable<DataDisk> disks)
    {
        var table = new Table("NAME", "SIZE", "ATTACHED");
        foreach (var disk in disks)
        {
            table.Add(disk.Name, SizeText.OfMib(disk.SizeMib), disk.Detached ? "no" : "yes");
        }

        table.Write(terminal);
    }

    private static Argument<string> Disk() => new("DISK") { Description = "Name of the disk" };

    private static Grpc.Core.CallOptions Quick() => Limits.In(Limits.Quick, CancellationToken.None);
}
