using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Which instances: names, states, labels, host. Every part that is given must hold.</summary>
internal sealed class FilterOptions
{
    private readonly Argument<string[]> _names = new("NAME") { Description = "Only these", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<State[]> _states = Options.States();
    private readonly Option<string[]> _labels = Options.Texts("--label", "Only with this label; repeatable", "KEY[=VALUE]");
    private readonly Option<string?> _node = new("--node") { Description = "Only on this host", HelpName = "NODE" };

    /// <summary>Makes the symbols.</summary>
    public FilterOptions(VerbContext context)
    {
        _names.CompletionSources.Add(NameCompletions.OfInstances(context));
    }

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_names);
        command.Add(_states);
        command.Add(_labels);
        command.Add(_node);
    }

    /// <summary>The filter that the command line means.</summary>
    public InstanceFilter Filter(ParseResult parse)
    {
        var filter = new InstanceFilter { Node = parse.GetValue(_node) ?? "" };
        filter.Names.AddRange(parse.GetValue(_names) ?? []);
        filter.States.AddRange(parse.GetValue(_states) ?? []);
        filter.Labels.AddRange(parse.GetValue(_labels) ?? []);
        return filter;
    }
}
