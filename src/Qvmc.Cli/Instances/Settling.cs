using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>
/// Waits a little until a change of a machine that runs has reached it, so that what is said is so, and the next command
/// finds it. What takes longer goes on.
/// </summary>
internal static class Settling
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>The instance when the change has reached it, or as it last was.</summary>
    public static async Task<Instance> WaitAsync(ControllerConnection connection, Instance changed, CancellationToken ct)
    {
        var last = changed;
        if (!Waits(changed, changed))
        {
            return last;
        }

        try
        {
            using var call = connection.Instances.Watch(
                new WatchRequest { Filter = new InstanceFilter { Names = { changed.Name } } }, Limits.In(Limit, ct));
            await foreach (var told in call.ResponseStream.ReadAllAsync(ct))
            {
                if (told is not { Instance: { } instance, Type: not WatchEventType.Deleted } || instance.Uid != changed.Uid)
                {
                    continue;
                }

                last = instance;
                if (!Waits(changed, instance))
                {
                    break;
                }
            }
        }
        catch (RpcException e) when (e.StatusCode != StatusCode.Cancelled)
        {
            // It is stored: what was to be said is true, only later.
        }

        return last;
    }

    private static bool Waits(Instance changed, Instance now) =>
        now.Status?.State is State.Running or State.Paused && now.Status.ObservedGeneration < changed.Generation;
}
