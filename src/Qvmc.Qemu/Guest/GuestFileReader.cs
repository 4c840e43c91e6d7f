using System.Text;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Guest;

/// <summary>
/// Reads files of a guest through its agent. Where the agent may not read them itself (the Red Hat family ships it so), a
/// program does; where it may not run one either, nobody can.
/// </summary>
internal sealed class GuestFileReader(QgaSession agent)
{
    private const string NoSuchFile = "No such file or directory";

    // A guest that boots is busy.
    private static readonly TimeSpan ProgramLimit = TimeSpan.FromSeconds(30);
    private bool _byProgram;

    /// <summary>Reads at most so much of a file's beginning.</summary>
    /// <exception cref="QgaCommandException">The agent may neither read files nor run programs.</exception>
    /// <exception cref="QgaException">The agent does not answer, or not as agents do.</exception>
    internal async Task<GuestFile> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        if (_byProgram)
        {
            return await RunAsync(path, maxBytes, ct);
        }

        try
        {
            return GuestFile.Of(await agent.ReadFileAsync(path, maxBytes, ct));
        }
        catch (QgaCommandException e) when (e.IsMissingFile)
        {
            return GuestFile.Missing;
        }
        catch (QgaCommandException e) when (e.Command == "guest-file-read")
        {
            // It could be opened: a directory, most likely.
            return GuestFile.Unreadable(e.Description);
        }
        catch (QgaCommandException)
        {
            var read = await RunAsync(path, maxBytes, ct);
            _byProgram = true;
            return read;
        }
    }

    // Its words are looked at, so they must be English.
    private async Task<GuestFile> RunAsync(string path, int maxBytes, CancellationToken ct)
    {
        try
        {
            var head = await agent.ExecAsync("head", ["-c", $"{maxBytes}", path], ["LC_ALL=C"], limit: ProgramLimit, ct: ct);
            var words = Encoding.UTF8.GetString(head.Stderr).Trim();
            return head.ExitCode == 0 ? GuestFile.Of(head.Stdout[..Math.Min(head.Stdout.Length, maxBytes)])
                : words.EndsWith(NoSuchFile, StringComparison.Ordinal) ? GuestFile.Missing
                : GuestFile.Unreadable(words.Length > 0 ? words : $"\"head\" failed with exit code {head.ExitCode}");
        }
        catch (QgaTimeoutException e) when (e.Command == "guest-exec-status")
        {
            return GuestFile.Unreadable(e.Message);
        }
    }
}
