using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Qvmc.Protos.Instance.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Qvmc.Cli.Arguments;

/// <summary>Whether an instance comes back after a restart of its host: <c>--autostart</c> and what goes with it.</summary>
internal sealed class AutostartOptions
{
    private readonly Option<bool> _autostart = new("--autostart") { Description = "Start it again when its host has been restarted" };
    private readonly Option<TimeSpan?> _delay = Options.Duration("--autostart-delay", "How long those after it wait once it runs");
    private readonly Option<uint?> _order = new("--autostart-order")
    {
        Description = "Its place then, 0 to 9999; those of one number come at once; 0 unless given",
        HelpName = "N",
        CustomParser = result =>
        {
            if (uint.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            result.AddError($"--autostart-order: \"{result.Tokens[0].Value}\" is not a number from 0");
            return null;
        },
    };

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_autostart, _order, _delay];

    /// <summary>Whether any was given.</summary>
    public bool IsGiven(SymbolResult result) => All.Any(option => result.GetResult(option) is not null);

    /// <summary>What they say; null: nothing.</summary>
    public Autostart? Read(ParseResult parse)
    {
        if (!parse.GetValue(_autostart) && parse.GetResult(_order) is null && parse.GetResult(_delay) is null)
        {
            return null;
        }

        return new Autostart { Order = parse.GetValue(_order) ?? 0, Delay = parse.GetValue(_delay) is { } delay ? Duration.FromTimeSpan(delay) : null };
    }
}
