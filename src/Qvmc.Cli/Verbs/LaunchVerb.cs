using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Launching;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>
/// <c>qvmc launch</c>: one Launch call that waits for nothing, then a watch until the guest is ready. So a broken wait costs
/// nothing: the instance is there from the first answer on.
/// </summary>
internal sealed class LaunchVerb
{
    // What the interface allows; more would not fit into one message either.
    private const int MaxUserDataBytes = 512 * 1024;
    private const int MaxNetworkConfigBytes = 64 * 1024;

    private readonly Argument<string?> _name = new("NAME") { Description = "Its name; one is made up unless given", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _image = new("--image") { Description = "Image that its disk starts from", HelpName = "IMAGE", Required = true };
    private readonly Option<uint?> _cpus = Options.Count("--cpus", "Virtual processors");
    private readonly Option<uint?> _memory = Options.Size("--memory", "Memory: 512M, 4G");
    private readonly Option<uint?> _disk = Options.Size("--disk", "Size of its disk: 10G; the image's own unless given");
    private readonly Option<string?> _userData = new("--user-data") { Description = "cloud-init user-data: a file, or - for standard input", HelpName = "FILE" };
    private readonly Option<string?> _networkConfig = new("--network-config") { Description = "cloud-init network configuration: a file, or -", HelpName = "FILE" };
    private readonly Option<string[]> _sshKeys = Options.Texts("--ssh-key", "Public key of the default user, or a file of such; repeatable", "FILE|KEY");
    private readonly Option<PortForward[]> _forwards = Options.Forwards();
    private readonly Option<string[]> _networks = Options.Texts("--network", "Network to attach to; repeatable", "NETWORK");
    private readonly Option<KeyValuePair<string, string>[]> _labels = Options.Pairs("--label", "Label, for filters; repeatable");
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
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var verb = new LaunchVerb(context);
        verb._image.CompletionSources.Add(NameCompletions.OfImages(context));
        var command = context.Client(
            "launch",
            "Create an instance, start it and wait until it is ready",
            verb._name,
            verb._image,
            verb._cpus,
            verb._memory,
            verb._disk,
            verb._userData,
            verb._networkConfig,
            verb._sshKeys,
            verb._forwards,
            verb._networks,
            verb._labels,
            verb._paused,
            verb._noStart,
            verb._noWait,
            verb._for,
            verb._timeout,
            verb._requestId,
            context.Format);
        command.Validators.Add(result =>
        {
            if (result.GetValue(verb._paused) && result.GetValue(verb._noStart))
            {
                result.AddError("--paused and --no-start exclude each other");
            }

            if (result.GetValue(verb._userData) == "-" && result.GetValue(verb._networkConfig) == "-")
            {
                result.AddError("--user-data and --network-config can't both be standard input");
            }
        });
        context.SetAction(command, verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, ControllerConnection connection)
    {
        var request = await RequestAsync(parse);
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

        var condition = parse.GetValue(_paused) ? WaitCondition.Paused : parse.GetValue(_for) ?? WaitCondition.Ready;
        var wait = new LaunchWait(connection, _context.Terminal, condition, parse.GetValue(_timeout) ?? Limits.Wait);
        var end = await StageDisplay.RunAsync(_context.Terminal, display => wait.RunAsync(instance, display));
        return await new LaunchReport(connection, _context.Terminal, printer).WriteAsync(wait, end);
    }

    private async Task<LaunchRequest> RequestAsync(ParseResult parse)
    {
        var spec = new InstanceSpec
        {
            Image = parse.GetRequiredValue(_image),
            Cpus = parse.GetValue(_cpus) ?? 0,
            MemoryMib = parse.GetValue(_memory) ?? 0,
            DiskMib = parse.GetValue(_disk) ?? 0,
            Power = parse.GetValue(_paused) ? PowerState.Paused : parse.GetValue(_noStart) ? PowerState.Stopped : PowerState.Running,
            CloudInit = await CloudInitAsync(parse),
        };
        spec.Forwards.AddRange(parse.GetValue(_forwards) ?? []);
        spec.Nics.AddRange((parse.GetValue(_networks) ?? []).Select(network => new Nic { Network = network }));
        var request = new LaunchRequest { Spec = spec, RequestId = parse.GetValue(_requestId) ?? Guid.NewGuid().ToString() };
        foreach (var (key, value) in parse.GetValue(_labels) ?? [])
        {
            request.Labels[key] = value;
        }

        return request;
    }

    private async Task<CloudInit?> CloudInitAsync(ParseResult parse)
    {
        var cloudInit = new CloudInit();
        if (parse.GetValue(_userData) is { } userData)
        {
            cloudInit.UserData = await InputText.ReadAsync(_context.Terminal, "--user-data", userData, MaxUserDataBytes, _context.Terminal.Interrupted);
        }

        if (parse.GetValue(_networkConfig) is { } networkConfig)
        {
            cloudInit.NetworkConfig = await InputText.ReadAsync(_context.Terminal, "--network-config", networkConfig, MaxNetworkConfigBytes, _context.Terminal.Interrupted);
        }

        cloudInit.SshKeys.AddRange((parse.GetValue(_sshKeys) ?? []).SelectMany(SshKeyText.Read));
        return cloudInit.Equals(new CloudInit()) ? null : cloudInit;
    }
}
