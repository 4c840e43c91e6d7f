using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Instances;

/// <summary>The end of an instance's console, for a message about something else.</summary>
internal static class ConsoleEnd
{
    private const uint Bytes = 8 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Reads it; empty when that fails, since the message matters more.</summary>
    public static async Task<string> TryReadAsync(ControllerConnection connection, string name)
    {
        try
        {
            // Not cancelled by Ctrl-C: it is read after the wait has ended, however it ended.
            var request = new ConsoleRequest { Name = name, MaxBytes = Bytes };
            return (await connection.Instances.ConsoleAsync(request, Limits.In(Limit, CancellationToken.None))).Text;
        }
        catch (RpcException)
        {
            return "";
        }
    }
}
