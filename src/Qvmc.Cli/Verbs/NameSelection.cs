using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>The instances that a verb is about: some names, or <c>--all</c>.</summary>
internal sealed class NameSelection
{
    private readonly Option<bool> _all;

    private NameSelection(VerbContext context, Option<bool> all)
    {
        _all = all;
        Names = new Argument<string[]>("NAME") { Description = "Names of instances", Arity = ArgumentArity.ZeroOrMore };
        Names.CompletionSources.Add(NameCompletions.OfInstances(context));
    }

    /// <summary>The names.</summary>
    public Argument<string[]> Names { get; }

    /// <summary>Makes a selection's symbols; <see cref="AddTo"/> gives the verb their rule.</summary>
    /// <param name="context">For completions.</param>
    /// <param name="verb">What --all does, for its description.</param>
    public static NameSelection Create(VerbContext context, string verb) =>
        new(context, new Option<bool>("--all") { Description = $"{verb} every instance" });

    /// <summary>Adds the symbols to a verb, and the rule that it needs exactly one of the two.</summary>
    public void AddTo(Command command)
    {
        command.Add(Names);
        command.Add(_all);
        command.Validators.Add(result =>
        {
            var named = result.GetValue(Names) is { Length: > 0 };
            if (named == result.GetValue(_all))
            {
                result.AddError(named ? "give names or --all, not both" : "give the name of an instance, or --all");
            }
        });
    }

    /// <summary>Whether the command line says --all.</summary>
    public bool IsAll(ParseResult parse) => parse.GetValue(_all);

    /// <summary>Whether the answer is about one thing, by its name.</summary>
    public bool IsSingle(ParseResult parse) => !IsAll(parse) && NamesIn(parse).Count == 1;

    /// <summary>The names, each once, in the order given; by name for --all.</summary>
    public async Task<IReadOnlyList<string>> ResolveAsync(ParseResult parse, ControllerConnection connection, CancellationToken cancellationToken)
    {
        if (!IsAll(parse))
        {
            return NamesIn(parse);
        }

        var instances = await InstancePages.AllAsync(connection, new InstanceFilter(), cancellationToken);
        return [.. instances.Select(instance => instance.Name)];
    }

    private IReadOnlyList<string> NamesIn(ParseResult parse) => [.. parse.GetRequiredValue(Names).Distinct()];
}
