using System.CommandLine;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc completion bash|zsh|fish</c>: a script that asks qvmc itself, so that it knows names too and never ages.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        # qvmc's completion for bash: source <(qvmc completion bash)
        _qvmc() {
            local left="${COMP_LINE:0:COMP_POINT}" line
            local word="${left##*[ =]}" cut=""
            # bash takes "debian:" for a word of its own, and wants only what comes after it.
            [[ "$COMP_WORDBREAKS" == *:* ]] && cut="${word%"${word##*:}"}"
            COMPREPLY=()
            while IFS= read -r line; do
                [[ "$line" == "$word"* ]] && COMPREPLY+=("${line#"$cut"}")
            done < <(qvmc "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
        }
        complete -o default -F _qvmc qvmc

        """;

    private const string Zsh = """
        #compdef qvmc
        # qvmc's completion for zsh: source <(qvmc completion zsh), or as _qvmc in $fpath
        _qvmc() {
            local -a candidates
            candidates=("${(@f)$(qvmc "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a candidates
        }
        compdef _qvmc qvmc

        """;

    private const string Fish = """
        # qvmc's completion for fish: qvmc completion fish | source
        function __qvmc_complete
            qvmc "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null
        end
        complete -c qvmc -a '(__qvmc_complete)'

        """;

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("completion", "Print a completion script for a shell")
    {
        Script(context, "bash", Bash),
        Script(context, "zsh", Zsh),
        Script(context, "fish", Fish),
    };

    private static Command Script(VerbContext context, string shell, string script)
    {
        var command = new Command(shell, $"For {shell}");
        command.SetAction(_ => context.Terminal.Out.Write(script));
        return command;
    }
}
