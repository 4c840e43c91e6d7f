using System.CommandLine;
using System.Globalization;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc nic add|remove|list</c>: network interfaces.</summary>
internal static class NicVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("nic", "Manage network interfaces, also of a machine that runs")
    {
        Add(context),
        Remove(context),
        List(context),
    };

    private static Command Add(VerbContext context)
    {
        var (name, network) = (NameCompletions.Instance(context), Options.NewNic());
        network.CompletionSources.Add(NameCompletions.OfNetworks(context));
        var command = context.Client("add", "Add a network interface", name, network, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new AddNicRequest { Name = parse.GetRequiredValue(name), Nic = parse.GetValue(network) ?? new Nic() };
            var instance = (await connection.Instances.AddNicAsync(request, Quick())).Instance;

            // The latest is the last.
            var added = instance.Spec?.Nics.LastOrDefault() ?? request.Nic;
            var status = instance.Status?.Nics.FirstOrDefault(n => n.Slot == added.Slot) ?? new NicStatus();
            string[] facts = [status.Network.Length > 0 ? status.Network : added.Network, added.Mac, status.Ipv4, status.Ipv6];
            return await ChangeReport.WriteAsync(
                context, parse, connection, instance, $"interface {added.Slot} is added ({string.Join(", ", facts.Where(f => f.Length > 0))})");
        });
        return command;
    }

    private static Command Remove(VerbContext context)
    {
        var name = NameCompletions.Instance(context);
        var slot = new Argument<uint>("SLOT") { Description = "Its slot, as \"nic list\" tells" };
        var command = context.Client("remove", "Remove a network interface; its address is free for others", name, slot, context.Format);
        command.Aliases.Add("rm");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new RemoveNicRequest { Name = parse.GetRequiredValue(name), Slot = parse.GetValue(slot) };
            var instance = (await connection.Instances.RemoveNicAsync(request, Quick())).Instance;
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"interface {request.Slot} is removed");
        });
        return command;
    }

    private static Command List(VerbContext context)
    {
        var name = NameCompletions.Instance(context);
        var command = context.Client("list", "List the network interfaces of an instance", name, context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new InfoRequest { Name = parse.GetRequiredValue(name) };
            var nics = (await connection.Instances.InfoAsync(request, Quick())).Instance.Status?.Nics ?? [];
            context.Printer(parse).Many(nics, terminal => Write(terminal, nics));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(Terminal terminal, IEnumerable<NicStatus> nics)
    {
        var table = new Table("SLOT", "NETWORK", "MAC", "ADDRESS", "IPV6", "NAME", "HOST INTERFACE");
        foreach (var nic in nics.OrderBy(n => n.Slot))
        {
            table.Add(nic.Slot.ToString(CultureInfo.InvariantCulture), nic.Network, nic.Mac, nic.Ipv4, nic.Ipv6, nic.Hostname, nic.HostInterface);
        }

        table.Write(terminal);
    }

    private static Grpc.Core.CallOptions Quick() => Limits.In(Limits.Quick, CancellationToken.None);
}
