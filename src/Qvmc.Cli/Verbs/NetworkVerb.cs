using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Networks;
using Qvmc.Cli.Output;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc network list|info|teardown</c>.</summary>
internal static class NetworkVerb
{
    // A host may have to end a server and take back what it changed.
    private static readonly TimeSpan TeardownLimit = TimeSpan.FromMinutes(1);

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("network", "Look at the networks of hosts")
    {
        List(context),
        Info(context),
        Teardown(context),
    };

    private static Command List(VerbContext context)
    {
        var node = Node();
        var command = context.Client("list", "List networks", node, context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new ListNetworksRequest { Node = parse.GetValue(node) ?? "" };
            var found = await connection.Networks.ListNetworksAsync(request, Quick());
            foreach (var host in found.Unreachable)
            {
                context.Terminal.Error.WriteLine($"qvmc: warning: {Plain.Line(host)}");
            }

            context.Printer(parse).Many(found.Networks, terminal => NetworkText.Write(terminal, found.Networks));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Info(VerbContext context)
    {
        var (name, node) = (Name(context), Node());
        var command = context.Client("info", "Show all about a network", name, node, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new GetNetworkRequest { Name = parse.GetRequiredValue(name), Node = parse.GetValue(node) ?? "" };
            var network = (await connection.Networks.GetNetworkAsync(request, Quick())).Network;
            context.Printer(parse).One(network, terminal => NetworkText.Write(terminal, network));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Teardown(VerbContext context)
    {
        var (name, node) = (Name(context), Node());
        var command = context.Client("teardown", "Take a network's bridge, server and rules off its host; a machine that needs it brings it back", name, node, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new TeardownNetworkRequest { Name = parse.GetRequiredValue(name), Node = parse.GetValue(node) ?? "" };
            var network = (await connection.Networks.TeardownNetworkAsync(request, Limits.In(TeardownLimit, CancellationToken.None))).Network;
            context.Printer(parse).One(network, terminal => terminal.Out.Write($"network {network.Name} is taken off host {network.Node}\n"));
            return ExitCode.Success;
        });
        return command;
    }

    private static Argument<string> Name(VerbContext context)
    {
        var name = new Argument<string>("NETWORK") { Description = "Name of the network" };
        name.CompletionSources.Add(NameCompletions.OfNetworks(context));
        return name;
    }

    private static Option<string?> Node() => new("--node") { Description = "Its host, where several have a network of that name", HelpName = "NODE" };

    private static Grpc.Core.CallOptions Quick() => Limits.In(Limits.Quick, CancellationToken.None);
}
