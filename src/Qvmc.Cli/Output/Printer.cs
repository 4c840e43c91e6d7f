using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Qvmc.Cli.Output;

/// <summary>Prints a verb's data in the format that was asked for.</summary>
internal sealed class Printer(Terminal terminal, OutputFormat format)
{
    /// <summary>The format that was asked for.</summary>
    public OutputFormat Format => format;

    /// <summary>Prints one thing.</summary>
    /// <param name="message">The thing.</param>
    /// <param name="table">How people see it.</param>
    public void One(IMessage message, Action<Terminal> table) => Node(() => ProtoJson.Of(message), table);

    /// <summary>Prints several things: an array in JSON and YAML, even when there is one or none.</summary>
    /// <param name="messages">The things.</param>
    /// <param name="table">How people see them.</param>
    public void Many(IEnumerable<IMessage> messages, Action<Terminal> table) => Node(() => ProtoJson.Of(messages), table);

    /// <summary>Prints what no message describes.</summary>
    /// <param name="node">The data.</param>
    /// <param name="table">How people see it.</param>
    public void Node(Func<JsonNode> node, Action<Terminal> table)
    {
        switch (format)
        {
            case OutputFormat.Table:
                table(terminal);
                break;
            case OutputFormat.Json:
                terminal.Out.Write(JsonText.Indented(node()) + "\n");
                break;
            case OutputFormat.Yaml:
                terminal.Out.Write(YamlText.Of(node()));
                break;
        }

        terminal.Out.Flush();
    }

    /// <summary>Prints one of a stream of things: a line of JSON, a YAML document, or a line for people.</summary>
    /// <param name="message">The thing.</param>
    /// <param name="line">How people see it.</param>
    public void Next(IMessage message, Func<string> line)
    {
        terminal.Out.Write(format switch
        {
            OutputFormat.Table => line() + "\n",
            OutputFormat.Json => JsonText.Line(ProtoJson.Of(message)) + "\n",
            OutputFormat.Yaml => "---\n" + YamlText.Of(ProtoJson.Of(message)),
        });
        terminal.Out.Flush();
    }

    /// <summary>Prints a sentence on what was done, for people only: data formats stay data.</summary>
    public void Say(string sentence)
    {
        if (format == OutputFormat.Table)
        {
            terminal.Out.Write(sentence + "\n");
            terminal.Out.Flush();
        }
    }
}
