using System.CommandLine;
using System.Globalization;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc node list</c>.</summary>
internal static class NodeVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var list = context.Client("list", "List hosts", context.Format);
        list.Aliases.Add("ls");
        context.SetAction(list, async (parse, connection) =>
        {
            var nodes = (await connection.Instances.ListNodesAsync(new ListNodesRequest(), Limits.In(Limits.Quick, CancellationToken.None))).Nodes;
            context.Printer(parse).Many(nodes, terminal => Write(terminal, nodes));
            return ExitCode.Success;
        });
        return new Command("node", "Look at hosts") { list };
    }

    private static void Write(Terminal terminal, IEnumerable<Node> nodes)
    {
        var table = new Table("NAME", "REACHABLE", "ACCELERATOR", "CPUS", "MEMORY", "DISK FREE", "INSTANCES", "QEMU", "ADDRESS", "MESSAGE");
        foreach (var node in nodes)
        {
            table.Add(
                node.Name,
                node.Reachable ? "yes" : "no",
                node.Accelerator == default ? "" : node.Accelerator.ToString().ToUpperInvariant(),
                node.Cpus.ToString(CultureInfo.InvariantCulture),
                SizeText.OfMib(node.MemoryMib),
                SizeText.OfMib(node.DiskFreeMib),
                node.Instances.ToString(CultureInfo.InvariantCulture),
                node.QemuVersion,
                node.Address,
                node.Message.Length > 0 ? node.Message : node.AcceleratorReason);
        }

        table.Write(terminal);
    }
}
