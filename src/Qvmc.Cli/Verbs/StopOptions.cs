using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>How a machine is stopped: <c>--force</c> and <c>--grace</c>.</summary>
internal sealed class StopOptions
{
    private readonly Option<bool> _force = new("--force") { Description = "End QEMU at once, without asking the guest" };
    private readonly Option<TimeSpan?> _grace = Options.Duration("--grace", "How long the guest may take before it is ended by force");

    /// <summary>Adds the options to a verb, with their rule.</summary>
    public void AddTo(Command command)
    {
        command.Add(_force);
        command.Add(_grace);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_force) && result.GetResult(_grace) is not null)
            {
                result.AddError("--force and --grace exclude each other");
            }
        });
    }

    /// <summary>The policy; null when the host's own holds.</summary>
    public StopPolicy? Policy(ParseResult parse)
    {
        var grace = parse.GetValue(_grace);
        if (!parse.GetValue(_force) && grace is null)
        {
            return null;
        }

        return new StopPolicy { Force = parse.GetValue(_force), Grace = grace is { } time ? Duration.FromTimeSpan(time) : null };
    }
}
