using System.CommandLine;
using System.CommandLine.Invocation;
using Qvmc.Cli.Output;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc --version</c>: the same as the verb. The library's own looks at the process's main module, which in tests is not ours.</summary>
internal sealed class VersionAction(Terminal terminal) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        terminal.Out.Write($"qvmc {VersionVerb.Version}\n");
        return ExitCode.Success;
    }
}
