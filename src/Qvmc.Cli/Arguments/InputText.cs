using System.Text;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Arguments;

/// <summary>Text and bytes that an option names: a file's path, or <c>-</c> for standard input.</summary>
internal static class InputText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a text of at most <paramref name="maxBytes"/>, which reaches the server byte for byte.</summary>
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
                return Decode(option, path, await ReadAllAsync(terminal.Input, option, maxBytes, cancellationToken));
            }

            await using var file = File.OpenRead(path);
            return Decode(option, path, await ReadAllAsync(file, option, maxBytes, cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Fault(option, $"can't read {path}: {e.Message}");
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
                throw Fault(option, $"more than {SizeText.OfBytes((ulong)maxBytes)}, which is the most it can be");
            }
        }

        return bytes.ToArray();
    }

    private static string Decode(string option, string path, byte[] bytes)
    {
        // RFC 1952, 2.3.1. Some clouds take it so; here it would reach the guest as something else than what was given.
        if (bytes is [0x1f, 0x8b, ..])
        {
            throw Fault(option, $"{(path == "-" ? "standard input" : path)} is compressed by gzip; give the text itself, as \"gunzip\" makes it");
        }

        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Fault(option, $"{(path == "-" ? "standard input" : path)} is no UTF-8 text: byte {e.Index + 1} belongs to none");
        }
    }

    private static FaultException Fault(string option, string message) => FaultException.Invalid([new FieldFault(option, message)]);
}
