using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc version</c>.</summary>
internal static class VersionVerb
{
    /// <summary>The version of this build, without the commit.</summary>
    public static string Version { get; } = Full.Split('+')[0];

    private static string Full =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var command = new Command("version", "Print the version") { context.Format };
        command.SetAction(parse => context.Printer(parse).Node(
            () => new JsonObject
            {
                ["version"] = Version,
                ["commit"] = Full.Contains('+', StringComparison.Ordinal) ? Full.Split('+')[1] : "",
                ["runtime"] = RuntimeInformation.FrameworkDescription,
                ["platform"] = RuntimeInformation.RuntimeIdentifier,
            },
            terminal => terminal.Out.Write($"qvmc {Version}\n")));
        return command;
    }
}
