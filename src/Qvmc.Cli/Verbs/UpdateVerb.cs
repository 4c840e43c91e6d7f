using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc update</c>. The interface replaces all labels at once; here single ones change, guarded by the etag.</summary>
internal sealed class UpdateVerb
{
    // Each attempt fails only when somebody else's change came between.
    private const int Attempts = 5;

    private readonly Argument<string> _name = new("NAME") { Description = "Name of the instance" };
    private readonly Option<uint?> _cpus = Options.Count("--cpus", "Virtual processors");
    private readonly Option<uint?> _memory = Options.Size("--memory", "Memory: 512M, 4G");
    private readonly Option<uint?> _disk = Options.Size("--disk", "Size of its disk; it only grows");
    private readonly Option<KeyValuePair<string, string>[]> _labels = Options.Pairs("--label", "Set a label; repeatable");
    private readonly Option<string[]> _removed = Options.Texts("--remove-label", "Remove a label; repeatable", "KEY");
    private readonly AutostartOptions _autostart = new();
    private readonly Option<bool> _noAutostart = new("--no-autostart") { Description = "Leave it stopped when its host has been restarted" };
    private readonly Option<string?> _etag = new("--etag") { Description = "Only if nobody else changed it since", HelpName = "ETAG" };

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var verb = new UpdateVerb();
        verb._name.CompletionSources.Add(NameCompletions.OfInstances(context));
        var command = context.Client(
            "update",
            "Change an instance; the disk grows at once, processors and memory apply at its next start",
            [verb._name, verb._cpus, verb._memory, verb._disk, verb._labels, verb._removed, .. verb._autostart.All, verb._noAutostart, verb._etag, context.Format]);
        command.Validators.Add(result =>
        {
            Option[] changes = [verb._cpus, verb._memory, verb._disk, verb._labels, verb._removed, verb._noAutostart];
            if (changes.All(option => result.GetResult(option) is null) && !verb._autostart.IsGiven(result))
            {
                result.AddError("nothing to change; give --cpus, --memory, --disk, --label, --remove-label, --autostart or --no-autostart");
            }

            if (result.GetValue(verb._noAutostart) && verb._autostart.IsGiven(result))
            {
                result.AddError("--autostart and --no-autostart exclude each other");
            }
        });
        context.SetAction(command, async (parse, connection) =>
        {
            var instance = await verb.UpdateAsync(parse, connection);
            return await ChangeReport.WriteAsync(context, parse, connection, instance, "updated");
        });
        return command;
    }

    private async Task<Instance> UpdateAsync(ParseResult parse, ControllerConnection connection)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var request = await RequestAsync(parse, connection);
                return (await connection.Instances.UpdateAsync(request, Limits.In(Limits.Quick, CancellationToken.None))).Instance;
            }
            catch (Grpc.Core.RpcException e) when (attempt < Attempts && parse.GetValue(_etag) is null && connection.FaultOf(e)?.Code == FaultCode.Stale)
            {
                // Read again and retry.
            }
        }
    }

    private async Task<UpdateRequest> RequestAsync(ParseResult parse, ControllerConnection connection)
    {
        var request = new UpdateRequest { Name = parse.GetRequiredValue(_name), Etag = parse.GetValue(_etag) ?? "", Spec = new InstanceSpec(), UpdateMask = new() };
        if (parse.GetValue(_cpus) is { } cpus)
        {
            request.Spec.Cpus = cpus;
            request.UpdateMask.Paths.Add("spec.cpus");
        }

        if (parse.GetValue(_memory) is { } memory)
        {
            request.Spec.MemoryMib = memory;
            request.UpdateMask.Paths.Add("spec.memory_mib");
        }

        if (parse.GetValue(_disk) is { } disk)
        {
            request.Spec.DiskMib = disk;
            request.UpdateMask.Paths.Add("spec.disk_mib");
        }

        request.Spec.Autostart = _autostart.Read(parse);
        if (request.Spec.Autostart is not null || parse.GetValue(_noAutostart))
        {
            request.UpdateMask.Paths.Add("spec.autostart");
        }

        if (parse.GetResult(_labels) is not null || parse.GetResult(_removed) is not null)
        {
            await AddLabelsAsync(parse, connection, request);
        }

        return request;
    }

    private async Task AddLabelsAsync(ParseResult parse, ControllerConnection connection, UpdateRequest request)
    {
        var present = (await connection.Instances.InfoAsync(new InfoRequest { Name = request.Name }, Limits.In(Limits.Quick, CancellationToken.None))).Instance;
        request.Labels.Add(present.Labels);
        foreach (var key in parse.GetValue(_removed) ?? [])
        {
            request.Labels.Remove(key);
        }

        foreach (var (key, value) in parse.GetValue(_labels) ?? [])
        {
            request.Labels[key] = value;
        }

        request.UpdateMask.Paths.Add("labels");
        if (request.Etag.Length == 0)
        {
            request.Etag = present.Etag;
        }
    }
}
