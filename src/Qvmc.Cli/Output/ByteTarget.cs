using Qvmc.Core.Faults;

namespace Qvmc.Cli.Output;

/// <summary>Where bytes go that a verb receives: into a file that is there whole or not at all, or to standard output.</summary>
internal static class ByteTarget
{
    /// <summary>Receives them.</summary>
    /// <param name="terminal">Whose standard output "-" means.</param>
    /// <param name="path">The file, or "-".</param>
    /// <param name="replace">A file of the name may be there and is replaced.</param>
    /// <param name="receive">Hands over all bytes in order; only if it ends well is there a file.</param>
    public static async Task<T> FillAsync<T>(Terminal terminal, string path, bool replace, Func<Func<ReadOnlyMemory<byte>, Task>, Task<T>> receive)
    {
        if (path != "-")
        {
            using var file = new NewFile(path, replace);
            var result = await receive(bytes =>
            {
                file.Append(bytes.Span);
                return Task.CompletedTask;
            });
            file.Keep();
            return result;
        }

        if (terminal.OutputIsTerminal)
        {
            throw new FaultException(FaultCode.InvalidArgument, "a disk's bytes are nothing for a terminal: redirect the output, or name a file");
        }

        var received = await receive(async bytes => await terminal.Output.WriteAsync(bytes, terminal.Interrupted));
        await terminal.Output.FlushAsync(terminal.Interrupted);
        return received;
    }
}
