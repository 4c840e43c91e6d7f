using System.CommandLine;
using System.Globalization;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc forward add|remove|list</c>: ports of the host that lead into a guest.</summary>
internal static class ForwardVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("forward", "Manage port forwards, also of a machine that runs")
    {
        Add(context),
        Remove(context),
        List(context),
    };

    private static Command Add(VerbContext context)
    {
        var (name, ports) = (NameCompletions.Instance(context), Options.NewForwards());
        var command = context.Client("add", "Lead ports of the host into the guest", name, ports, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var instance = new Instance();
            foreach (var forward in parse.GetRequiredValue(ports))
            {
                var request = new AddForwardRequest { Name = parse.GetRequiredValue(name), Forward = forward };
                instance = (await connection.Instances.AddForwardAsync(request, Quick())).Instance;
            }

            var added = string.Join(", ", parse.GetRequiredValue(ports).Select(ForwardText.Of));
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"{added} is forwarded");
        });
        return command;
    }

    private static Command Remove(VerbContext context)
    {
        var (name, ports) = (NameCompletions.Instance(context), Options.HostPorts());
        var command = context.Client("remove", "End port forwards", name, ports, context.Format);
        command.Aliases.Add("rm");
        context.SetAction(command, async (parse, connection) =>
        {
            var instance = new Instance();
            foreach (var forward in parse.GetRequiredValue(ports))
            {
                var request = new RemoveForwardRequest
                {
                    Name = parse.GetRequiredValue(name),
                    HostAddress = forward.HostAddress,
                    HostPort = forward.HostPort,
                    Protocol = forward.Protocol,
                };
                instance = (await connection.Instances.RemoveForwardAsync(request, Quick())).Instance;
            }

            var removed = string.Join(", ", parse.GetRequiredValue(ports).Select(Port));
            return await ChangeReport.WriteAsync(context, parse, connection, instance, $"{removed} is forwarded no more");
        });
        return command;
    }

    private static Command List(VerbContext context)
    {
        var name = NameCompletions.Instance(context);
        var command = context.Client("list", "List the port forwards of an instance", name, context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new InfoRequest { Name = parse.GetRequiredValue(name) };
            var forwards = (await connection.Instances.InfoAsync(request, Quick())).Instance.Spec?.Forwards ?? [];
            context.Printer(parse).Many(forwards, terminal =>
            {
                var table = new Table("HOST", "GUEST PORT", "PROTOCOL");
                foreach (var forward in forwards)
                {
                    table.Add(ForwardText.HostOf(forward), forward.GuestPort.ToString(CultureInfo.InvariantCulture), ForwardText.ProtocolOf(forward));
                }

                table.Write(terminal);
            });
            return ExitCode.Success;
        });
        return command;
    }

    // As it was typed: without an address it need not be the usual one.
    private static string Port(PortForward forward) => forward.HostAddress.Length > 0
        ? $"{ForwardText.HostOf(forward)}/{ForwardText.ProtocolOf(forward)}"
        : string.Create(CultureInfo.InvariantCulture, $"{forward.HostPort}/{ForwardText.ProtocolOf(forward)}");

    private static Grpc.Core.CallOptions Quick() => Limits.In(Limits.Quick, CancellationToken.None);
}
