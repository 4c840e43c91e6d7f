using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Qvmc.Store.Tests.Processes;

/// <summary>What a process did to its files, as strace has written it (-f -y -xx).</summary>
/// <param name="Name">The system call.</param>
/// <param name="Path">The file: that of its descriptor, or the name it was given.</param>
/// <param name="Bytes">What was written.</param>
/// <param name="Number">Offset of a write, length of a truncation, flags of an open.</param>
/// <param name="Target">What a rename made of it.</param>
internal sealed partial record SystemCall(string Name, string Path, byte[] Bytes, long Number, string Target)
{
    /// <summary>The calls in order; one that another thread interrupted counts from where it ended, or, a write, where it began.</summary>
    internal static IEnumerable<SystemCall> Read(IEnumerable<string> lines)
    {
        var unfinished = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var (thread, text) = (line[..space], line[space..].TrimStart());
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[thread] = text[..^"<unfinished ...>".Length].TrimEnd();
            }
            else
            {
                if (Resumed().Match(text) is { Success: true } resumed && unfinished.Remove(thread, out var begun))
                {
                    text = begun + resumed.Groups[1].Value;
                }

                if (Of(text) is { } call)
                {
                    yield return call;
                }
            }
        }
    }

    private static SystemCall? Of(string text)
    {
        if (Call().Match(text) is not { Success: true } call || call.Groups["result"].Value.StartsWith('-'))
        {
            return null;
        }

        var (name, arguments) = (call.Groups["name"].Value, call.Groups["arguments"].Value);
        var strings = Quoted().Matches(arguments).Select(m => Unescape(m.Groups[1].Value)).ToList();
        var descriptor = Descriptor().Match(arguments) is { Success: true } d ? Encoding.UTF8.GetString(Unescape(d.Groups[1].Value)) : "";
        return name switch
        {
            "pwrite64" => new SystemCall(name, descriptor, strings[0], Last(arguments), ""),
            "write" => new SystemCall(name, descriptor, strings[0], 0, ""),
            "ftruncate" => new SystemCall(name, descriptor, [], Last(arguments), ""),
            "fsync" or "fdatasync" => new SystemCall(name, descriptor, [], 0, ""),
            "unlink" => new SystemCall(name, Encoding.UTF8.GetString(strings[0]), [], 0, ""),
            "rename" => new SystemCall(name, Encoding.UTF8.GetString(strings[0]), [], 0, Encoding.UTF8.GetString(strings[1])),
            "openat" when arguments.Contains("O_CREAT", StringComparison.Ordinal) => new SystemCall(name, Encoding.UTF8.GetString(strings[0]), [], 0, ""),
            _ => null,
        };
    }

    private static long Last(string arguments) => long.Parse(arguments[(arguments.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);

    private static byte[] Unescape(string text) => text.Contains('\\', StringComparison.Ordinal)
        ? Convert.FromHexString(text.Replace("\\x", "", StringComparison.Ordinal))
        : Encoding.UTF8.GetBytes(text);

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(?<name>\w+)\((?<arguments>.*)\)\s+= (?<result>\S+)")]
    private static partial Regex Call();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\d+<([^>]*)>")]
    private static partial Regex Descriptor();
}
