using System.Text;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Arguments;

/// <summary>Text and bytes that an option names: a file's path, or <c>-</c> for standard input.</summary>
internal static class InputText
{
    /// <summary>Reads a text of at most <paramref name="maxBytes"/>.</summary>
    /// <param name="terminal">Whose standard input "-" means.</param>
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="path">The file or "-".</param>
    /// <param name="maxBytes">What the server takes at most.</param>
    /// <param name="cancellationToken">Ends a read of standard input.</param>
    public static async Task<string> ReadAsync(Terminal terminal, string option, string path, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            if (path == "-")
            {
                return Encoding.UTF8.GetString(await ReadAllAsync(terminal.Input, option, maxBytes, cancellationToken));
            }

            await using var file = File.OpenRead(path);
            return Encoding.UTF8.GetString(await ReadAllAsync(file, option, maxBytes, cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FaultException(FaultCode.InvalidArgument, $"{option}: can't read {path}: {e.Message}", inner: e);
        }
    }

    /// <summary>Reads a stream to its end; a stream longer than <paramref name="maxBytes"/> is refused.</summary>
    public static async Task<byte[]> ReadAllAsync(Stream source, string option, int maxBytes, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await source.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > maxBytes)
            {
                throw new FaultException(FaultCode.InvalidArgument, $"{option}: more than {SizeText.OfBytes((ulong)maxBytes)}, which is the most it can be");
            }
        }

        return bytes.ToArray();
    }
}
