using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Launching;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>
/// <c>qvmc launch</c>: one Launch call that waits for nothing, then a watch until the guest is ready. So a broken wait costs
/// nothing: the instance is there from the first answer on.
/// </summary>
internal sealed class LaunchVerb
{
    private readonly Argument<string?> _name = new("NAME") { Description = "Its name; one is made up unless given", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _image = new("--image") { Description = "Image that its disk starts from: one that is here, or of the catalogue (\"debian\"), which is pulled; none: an empty disk, to be installed from a CD", HelpName = "IMAGE" };
    private readonly Option<uint?> _cpus = Options.Count("--cpus", "Virtual processors");
    private readonly Option<uint?> _memory = Options.Size("--memory", "Memory: 512M, 4G");
    private readonly Option<uint?> _disk = Options.Size("--disk", "Size of its disk: 10G; the image's own unless given");
    private readonly Option<DataDisk[]> _dataDisks = Options.DataDisks();
    private readonly Option<string[]> _cdroms = Options.Texts("--cdrom", "CD in the machine, an image whose format is ISO; repeatable", "IMAGE");
    private readonly CloudInitOptions _cloudInit;
    private readonly Option<PortForward[]> _forwards = Options.Forwards();
    private readonly Option<Nic[]> _networks = Options.Networks();
    private readonly Option<KeyValuePair<string, string>[]> _labels = Options.Pairs("--label", "Label, for filters; repeatable");
    private readonly AutostartOptions _autostart = new();
    private readonly Option<bool> _paused = new("--paused") { Description = "Start with the guest's processors standing still" };
    private readonly Option<bool> _noStart = new("--no-start") { Description = "Only create it" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait until it is ready" };
    private readonly Option<WaitCondition?> _for = Options.For();
    private readonly Option<TimeSpan?> _timeout = Options.Timeout("the wait");
    private readonly Option<string?> _requestId = new("--request-id") { Description = "The same id again answers with the same instance", HelpName = "ID" };
    private readonly VerbContext _context;

    private LaunchVerb(VerbContext context)
    {
        _context = context;
        _cloudInit = new CloudInitOptions(context.Terminal);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var verb = new LaunchVerb(context);
        verb._image.CompletionSources.Add(NameCompletions.OfReferences(context));
        verb._cdroms.CompletionSources.Add(NameCompletions.OfImages(context));
        verb._networks.CompletionSources.Add(NameCompletions.OfNetworksOrNone(context));
        var command = context.Client("launch", "Create an instance, start it and wait until it is ready", [
            verb._name,
            verb._image,
            verb._cpus,
            verb._memory,
            verb._disk,
            verb._dataDisks,
            verb._cdroms,
            .. verb._cloudInit.All,
            verb._forwards,
            verb._networks,
            verb._labels,
            .. verb._autostart.All,
            verb._paused,
            verb._noStart,
            verb._noWait,
            verb._for,
            verb._timeout,
            verb._requestId,
            context.Format]);
        command.Validators.Add(verb._cloudInit.Validate);
        command.Validators.Add(result =>
        {
            if (result.GetValue(verb._paused) && result.GetValue(verb._noStart))
            {
                result.AddError("--paused and --no-start exclude each other");
            }

            if (result.GetResult(verb._image) is null && (result.GetResult(verb._cdroms) is null || result.GetResult(verb._disk) is null))
            {
                result.AddError("give --image, or --cdrom and --disk to install on an empty disk");
            }
        });
        context.SetAction(command, verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, ControllerConnection connection)
    {
        var faults = new List<FieldFault>();
        var request = await RequestAsync(parse, faults);
        if (faults.Count > 0)
        {
            // Nothing is sent: what the server would find is told with it.
            request.Name = parse.GetValue(_name) ?? "unnamed";
            throw FaultException.Invalid([.. faults, .. InstanceRules.CheckLaunch(request)]);
        }

        var sender = new LaunchSender(connection, _context.Terminal);
        var instance = parse.GetValue(_name) is { } name
            ? await sender.SendAsync(request, name)
            : await sender.SendWithPetNameAsync(request);
        var printer = _context.Printer(parse);
        if (parse.GetValue(_noWait) || parse.GetValue(_noStart))
        {
            var rest = parse.GetValue(_noStart) ? $"\"qvmc start {instance.Name}\" starts it" : $"\"qvmc wait {instance.Name}\" waits until it is ready";
            printer.One(instance, terminal => terminal.Out.Write($"{instance.Name} is created; {rest}\n"));
            return ExitCode.Success;
        }

        // An installer has no agent that could answer.
        var usual = request.Spec.Image.Length > 0 ? WaitCondition.Ready : WaitCondition.Running;
        var condition = parse.GetValue(_paused) ? WaitCondition.Paused : parse.GetValue(_for) ?? usual;
        var wait = new LaunchWait(connection, _context.Terminal, condition, parse.GetValue(_timeout) ?? Limits.Wait, countsImage: parse.GetValue(_timeout) is not null);
        var end = await StageDisplay.RunAsync(_context.Terminal, display => wait.RunAsync(instance, display));
        return await new LaunchReport(connection, _context.Terminal, printer).WriteAsync(wait, end);
    }

    private async Task<LaunchRequest> RequestAsync(ParseResult parse, List<FieldFault> faults)
    {
        var spec = new InstanceSpec
        {
            Image = parse.GetValue(_image) ?? "",
            Cpus = parse.GetValue(_cpus) ?? 0,
            MemoryMib = parse.GetValue(_memory) ?? 0,
            DiskMib = parse.GetValue(_disk) ?? 0,
            Power = parse.GetValue(_paused) ? PowerState.Paused : parse.GetValue(_noStart) ? PowerState.Stopped : PowerState.Running,
            CloudInit = await _cloudInit.ReadAsync(parse, faults),
            Autostart = _autostart.Read(parse),
        };
        spec.DataDisks.AddRange(parse.GetValue(_dataDisks) ?? []);
        spec.Cdroms.AddRange((parse.GetValue(_cdroms) ?? []).Select(image => new Cdrom { Image = image }));
        spec.Forwards.AddRange(parse.GetValue(_forwards) ?? []);
        spec.Nics.AddRange(parse.GetValue(_networks) ?? []);
        var request = new LaunchRequest { Spec = spec, RequestId = parse.GetValue(_requestId) ?? Guid.NewGuid().ToString() };
        foreach (var (key, value) in parse.GetValue(_labels) ?? [])
        {
            request.Labels[key] = value;
        }

        return request;
    }
}
