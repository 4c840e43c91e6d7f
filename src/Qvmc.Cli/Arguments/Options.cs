using System.CommandLine;
using System.CommandLine.Parsing;
using Qvmc.Cli.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Arguments;

/// <summary>Options whose values people write in their own way.</summary>
internal static class Options
{
    private delegate bool Reader<T>(string text, out T value, out string fault);

    /// <summary>A size in MiB; null when not given.</summary>
    public static Option<uint?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result => Read<uint>(result, name, SizeText.TryParse, out var mib) ? mib : null,
    };

    /// <summary>A duration; null when not given.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result => Read<TimeSpan>(result, name, DurationText.TryParse, out var duration) ? duration : null,
    };

    /// <summary><c>--timeout</c>.</summary>
    public static Option<TimeSpan?> Timeout(string what) => Duration("--timeout", $"How long {what} may take: 30s, 5m, 1h");

    /// <summary>A number; null when not given.</summary>
    public static Option<uint?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            if (uint.TryParse(result.Tokens[0].Value, out var number) && number > 0)
            {
                return number;
            }

            result.AddError($"{name}: \"{result.Tokens[0].Value}\" is not a number from 1");
            return null;
        },
    };

    /// <summary><c>--forward</c>, repeatable.</summary>
    public static Option<PortForward[]> Forwards() => new("--forward")
    {
        Description = "Lead a port of the host into the guest: [HOST_IP:]HOST_PORT:GUEST_PORT[/udp]; repeatable",
        HelpName = "PORTS",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Many<PortForward>(result, "--forward", ForwardText.TryParse),
    };

    /// <summary>Port forwards as arguments.</summary>
    public static Argument<PortForward[]> NewForwards() => new("PORTS")
    {
        Description = "[HOST_IP:]HOST_PORT:GUEST_PORT[/udp]; several if you like",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Many<PortForward>(result, "PORTS", ForwardText.TryParse),
    };

    /// <summary>What port forwards listen on, as arguments.</summary>
    public static Argument<PortForward[]> HostPorts() => new("HOST_PORT")
    {
        Description = "[HOST_IP:]HOST_PORT[/udp]; several if you like",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Many<PortForward>(result, "HOST_PORT", ForwardText.TryParseHost),
    };

    /// <summary><c>--network</c>, repeatable.</summary>
    public static Option<Nic[]> Networks() => new("--network")
    {
        Description = "Network to attach to: NAME[,mac=...][,address=...][,queues=N][,rate=MBITS], or none; repeatable",
        HelpName = "NETWORK",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Many<Nic>(result, "--network", NicText.TryParse),
    };

    /// <summary>A network interface as an argument.</summary>
    public static Argument<Nic?> NewNic() => new("NETWORK")
    {
        Description = "NAME[,mac=...][,address=...][,queues=N][,rate=MBITS]; the host's default network unless given",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens.Count > 0 && Read<Nic>(result, "NETWORK", NicText.TryParse, out var nic) ? nic : null,
    };

    /// <summary><c>--data-disk</c>, repeatable.</summary>
    public static Option<DataDisk[]> DataDisks() => new("--data-disk")
    {
        Description = "Empty disk beside the first one: [NAME=]SIZE; repeatable",
        HelpName = "DISK",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Many<DataDisk>(result, "--data-disk", DataDiskText.TryParse),
    };

    /// <summary>A data disk as an argument.</summary>
    public static Argument<DataDisk?> NewDisk() => new("DISK")
    {
        Description = "[NAME=]SIZE: logs=10G, or 10G for the next name that is free",
        CustomParser = result => Read<DataDisk>(result, "DISK", DataDiskText.TryParse, out var disk) ? disk : null,
    };

    /// <summary>A size in MiB as an argument.</summary>
    public static Argument<uint> NewSize(string description) => new("SIZE")
    {
        Description = description,
        CustomParser = result => Read<uint>(result, "SIZE", SizeText.TryParse, out var mib) ? mib : 0,
    };

    /// <summary><c>KEY=VALUE</c> pairs, repeatable; a later one with the same key wins.</summary>
    public static Option<KeyValuePair<string, string>[]> Pairs(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Many<KeyValuePair<string, string>>(result, name, TryPair),
    };

    /// <summary>A text that can be given several times.</summary>
    public static Option<string[]> Texts(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>A condition to wait for; null when not given.</summary>
    public static Option<WaitCondition?> For() => Choice<WaitCondition?>(
        "--for",
        $"What to wait for: {string.Join(", ", WaitConditions.Names)}; ready unless given",
        "CONDITION",
        WaitConditions.Names.ToDictionary(name => name, name => (WaitCondition?)WaitConditions.Parse(name)));

    /// <summary>One of some words.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="helpName">What stands for its value in the help.</param>
    /// <param name="choices">What each word means.</param>
    /// <param name="alias">A short name.</param>
    public static Option<T> Choice<T>(string name, string description, string helpName, IReadOnlyDictionary<string, T> choices, string? alias = null)
    {
        var words = string.Join(", ", choices.Keys);
        var option = new Option<T>(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                if (choices.TryGetValue(result.Tokens[0].Value, out var value))
                {
                    return value;
                }

                result.AddError($"{name}: \"{result.Tokens[0].Value}\" is none of {words}");
                return default;
            },
        };

        // The library would offer the names of the enum's members.
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. choices.Keys]);
        return option;
    }

    /// <summary>States of instances, repeatable.</summary>
    public static Option<State[]> States()
    {
        var option = new Option<State[]>("--state")
        {
            Description = "Only in this state, e.g. running; repeatable",
            HelpName = "STATE",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result => Many<State>(result, "--state", TryState),
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. StateNames]);
        return option;
    }

    private static IEnumerable<string> StateNames => Enum.GetNames<State>().Where(name => name != nameof(State.Unspecified)).Select(name => name.ToLowerInvariant());

    private static bool TryState(string text, out State state, out string fault)
    {
        fault = $"\"{text}\" is not a state; they are {string.Join(", ", StateNames)}";
        return Enum.TryParse(text, ignoreCase: true, out state) && state != State.Unspecified && !char.IsAsciiDigit(text[0]);
    }

    private static bool TryPair(string text, out KeyValuePair<string, string> pair, out string fault)
    {
        var separator = text.IndexOf('=', StringComparison.Ordinal);
        pair = separator > 0 ? new(text[..separator], text[(separator + 1)..]) : default;
        fault = $"\"{text}\" is not KEY=VALUE";
        return separator > 0;
    }

    private static bool Read<T>(ArgumentResult result, string name, Reader<T> reader, out T value)
    {
        if (reader(result.Tokens[0].Value, out value, out var fault))
        {
            return true;
        }

        result.AddError($"{name}: {fault}");
        return false;
    }

    private static T[] Many<T>(ArgumentResult result, string name, Reader<T> reader)
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (reader(token.Value, out var value, out var fault))
            {
                values.Add(value);
            }
            else
            {
                result.AddError($"{name}: {fault}");
            }
        }

        return [.. values];
    }
}
