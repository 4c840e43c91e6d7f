using Grpc.Core;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Launching;

/// <summary>
/// Sends a launch. When the connection breaks before the answer, the same request is sent again: its request id makes that
/// safe.
/// </summary>
internal sealed class LaunchSender(ControllerConnection connection, Terminal terminal)
{
    private const int Attempts = 4;
    private const int PetNames = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>Launches under a name.</summary>
    public async Task<Instance> SendAsync(LaunchRequest request, string name)
    {
        request.Name = name;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await connection.Instances.LaunchAsync(request, Limits.In(Limits.Quick, terminal.Interrupted))).Instance;
            }
            catch (RpcException e) when (attempt < Attempts && ControllerConnection.IsBroken(e) && !IsFirstConnection(e, attempt) && !terminal.IsInterrupted)
            {
                await Task.Delay(Pause * attempt, terminal.Clock, terminal.Interrupted);
            }
        }
    }

    /// <summary>Launches under a made-up name that is free.</summary>
    public async Task<Instance> SendWithPetNameAsync(LaunchRequest request)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await SendAsync(request, PetName.Next(Random.Shared, attempt));
            }
            catch (RpcException e) when (attempt < PetNames && connection.FaultOf(e)?.Code == FaultCode.AlreadyExists)
            {
                // Taken: the next one.
            }
        }
    }

    // Nobody is there: say so at once. A later attempt that finds nobody may have met a restart.
    private static bool IsFirstConnection(RpcException e, int attempt) => attempt == 1 && ControllerConnection.IsRefused(e);
}
