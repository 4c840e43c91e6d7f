using System.Text;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>Follows what dnsmasq prints, and keeps it bounded: it appends, so its file can be emptied at any time.</summary>
internal sealed class DnsmasqLog(DhcpPaths paths, long mostBytes = 1 << 20)
{
    // dnsmasq's own lines are below 1024 bytes.
    private const int LongestLine = 8192;

    private readonly Lock _gate = new();
    private long _offset;
    private string _rest = "";

    /// <summary>Somebody appended a line.</summary>
    internal event Action<string>? Line;

    /// <summary>From here on, without what is there: another daemon has seen it.</summary>
    internal void SkipToEnd()
    {
        lock (_gate)
        {
            (_offset, _rest) = (new FileInfo(paths.Log) is { Exists: true } file ? file.Length : 0, "");
        }
    }

    /// <summary>Begins a new one; the one before is kept as it ended. Nobody may be writing it.</summary>
    internal void Begin()
    {
        lock (_gate)
        {
            if (File.Exists(paths.Log))
            {
                File.Move(paths.Log, paths.OlderLog, overwrite: true);
            }

            (_offset, _rest) = (0, "");
        }
    }

    /// <summary>Reads on. To be called whenever the file has changed.</summary>
    internal void Read()
    {
        string[] lines;
        lock (_gate)
        {
            try
            {
                lines = ReadLines();
            }
            catch (IOException)
            {
                // Not there, or no room for the older one: the next change tries again.
                return;
            }
        }

        foreach (var line in lines)
        {
            Line?.Invoke(line);
        }
    }

    /// <summary>Its last words, for people: the last lines in one, without what introduces each.</summary>
    internal string LastWords()
    {
        var lines = Encoding.UTF8.GetString(Consoles.FileTail.Read(paths.Log, 2048)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var words = lines.Select(l => l[(l.IndexOf(": ", StringComparison.Ordinal) is >= 0 and var colon ? colon + 2 : 0)..]).ToList();

        // What it dies of it prints by itself, and as a line of its log too where it can.
        return words.Count == 0 ? "" : words.LastOrDefault(w => w != "FAILED to start up") ?? words[^1];
    }

    private string[] ReadLines()
    {
        using var file = new FileStream(paths.Log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length < _offset)
        {
            (_offset, _rest) = (0, "");
        }

        var bytes = new byte[Math.Min(file.Length - _offset, mostBytes)];
        file.Position = _offset;
        var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        _offset += count;
        var text = _rest + Encoding.UTF8.GetString(bytes, 0, count);
        var end = text.LastIndexOf('\n') + 1;
        _rest = text[end..];
        _rest = _rest.Length > LongestLine ? "" : _rest;
        if (file.Length > mostBytes)
        {
            // What is written between the copy and the cut is lost.
            File.Copy(paths.Log, paths.OlderLog, overwrite: true);
            file.SetLength(0);
            (_offset, _rest) = (0, "");
        }

        return text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
