namespace Qvmc.Cli.Arguments;

/// <summary>
/// Sets <c>qvmc exec</c>'s own options apart from the guest's command: what follows the program's name is the program's,
/// with or without <c>--</c>. The parser alone would take <c>-h</c> in <c>qvmc exec web1 ls -h</c> for ours.
/// </summary>
internal static class ExecArguments
{
    /// <summary>The verb this is about.</summary>
    public const string Verb = "exec";

    private static readonly string[] WithValue = ["--endpoint", "--env", "--timeout"];

    /// <summary>The same arguments, with <c>--</c> before the guest's command.</summary>
    public static string[] Separate(string[] arguments)
    {
        if (arguments is not [Verb, ..])
        {
            return arguments;
        }

        var hasName = false;
        for (var index = 1; index < arguments.Length; index++)
        {
            var argument = arguments[index];
            if (argument == "--")
            {
                return arguments;
            }

            if (WithValue.Contains(argument))
            {
                index++;
            }
            else if (!argument.StartsWith('-'))
            {
                if (hasName)
                {
                    return [.. arguments[..index], "--", .. arguments[index..]];
                }

                hasName = true;
            }
        }

        return arguments;
    }
}
