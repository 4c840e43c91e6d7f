using System.CommandLine;
using System.CommandLine.Parsing;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Core.CloudInit;
using Qvmc.Core.Faults;
using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Cli.Launching;

/// <summary>The options of a launch that say what the guest's cloud-init is told.</summary>
internal sealed class CloudInitOptions(Terminal terminal)
{
    private readonly Option<string?> _userData = new("--user-data") { Description = "cloud-init user-data: a file, or - for standard input", HelpName = "FILE" };
    private readonly Option<string?> _networkConfig = new("--network-config") { Description = "cloud-init network configuration: a file, or -", HelpName = "FILE" };
    private readonly Option<string[]> _sshKeys = Options.Texts("--ssh-key", "Public key of the default user, or a file of such; repeatable", "FILE|KEY");
    private readonly Option<bool> _sshImport = new("--ssh-import") { Description = "Add your own public keys: ~/.ssh/*.pub, and what your ssh-agent holds" };
    private readonly Option<string?> _hostname = new("--hostname") { Description = "The guest's host name; the instance's name unless given", HelpName = "NAME" };
    private readonly Option<string?> _timezone = new("--timezone") { Description = "The guest's time zone: Europe/Berlin", HelpName = "ZONE" };
    private readonly Option<string[]> _packages = Options.Texts("--package", "Package to install at the first boot; repeatable", "NAME");
    private readonly Option<bool> _noAgent = new("--no-agent") { Description = "Do not install the QEMU guest agent into an image that lacks it" };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_userData, _networkConfig, _sshKeys, _sshImport, _hostname, _timezone, _packages, _noAgent];

    /// <summary>Finds those that exclude each other.</summary>
    public void Validate(CommandResult result)
    {
        if (result.GetValue(_userData) == "-" && result.GetValue(_networkConfig) == "-")
        {
            result.AddError("--user-data and --network-config can't both be standard input");
        }
    }

    /// <summary>Reads what they name.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="faults">Whatever can't be read is added here, so that all of it is told at once.</param>
    /// <returns>What is to be sent; null when nothing was given.</returns>
    public async Task<Spec?> ReadAsync(ParseResult parse, List<FieldFault> faults)
    {
        var cloudInit = new Spec
        {
            Hostname = parse.GetValue(_hostname) ?? "",
            Timezone = parse.GetValue(_timezone) ?? "",
            WithoutAgent = parse.GetValue(_noAgent),
        };
        cloudInit.Packages.AddRange(parse.GetValue(_packages) ?? []);
        await GatherAsync(faults, async () => cloudInit.UserData = await TextAsync(parse, _userData, CloudInitLimits.MaxUserDataBytes));
        await GatherAsync(faults, async () => cloudInit.NetworkConfig = await TextAsync(parse, _networkConfig, CloudInitLimits.MaxNetworkConfigBytes));
        foreach (var key in parse.GetValue(_sshKeys) ?? [])
        {
            await GatherAsync(faults, () =>
            {
                cloudInit.SshKeys.AddRange(SshKeyText.Read(key));
                return Task.CompletedTask;
            });
        }

        if (parse.GetValue(_sshImport))
        {
            await GatherAsync(faults, async () => cloudInit.SshKeys.AddRange(await ImportAsync()));
        }

        return cloudInit.Equals(new Spec()) ? null : cloudInit;
    }

    private async Task<string> TextAsync(ParseResult parse, Option<string?> option, int maxBytes) =>
        parse.GetValue(option) is { } path ? await InputText.ReadAsync(terminal, option.Name, path, maxBytes, terminal.Interrupted) : "";

    private async Task<IEnumerable<string>> ImportAsync()
    {
        var keys = await new SshKeyImport(terminal).ReadAsync(terminal.Interrupted);
        foreach (var key in keys)
        {
            terminal.Error.WriteLine($"key {Plain.Line(key.Describe())}");
        }

        return keys.Select(key => key.Text);
    }

    private static async Task GatherAsync(List<FieldFault> faults, Func<Task> read)
    {
        try
        {
            await read();
        }
        catch (FaultException e) when (e.Fields.Count > 0)
        {
            faults.AddRange(e.Fields);
        }
    }
}
