using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Instances;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Watch;

/// <summary>
/// What a watch tells: every instance, SYNCED, then each change; or, from a token, each change after it. Responses of
/// the snapshot carry no token: a client that is cut off within it begins again.
/// </summary>
internal sealed class InstanceWatch(InstanceTable table, EventJournal journal, TimeProvider time)
{
    /// <summary>Ends with RESYNC when changes were missed.</summary>
    public async IAsyncEnumerable<WatchResponse> ReadAsync(WatchRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var reason = "";
        var (states, live) = request.ResumeToken.Length > 0 ? ([], journal.Resume(request.ResumeToken, out reason)) : table.Follow();
        if (live is null)
        {
            yield return Resync(reason);
            yield break;
        }

        foreach (var view in states.Select(s => s.View).Where(v => FilterRules.Selects(request.Filter, v)))
        {
            yield return Response(WatchEventType.Snapshot, view, "");
        }

        if (request.ResumeToken.Length == 0)
        {
            yield return Response(WatchEventType.Synced, null, journal.Token(live.Start));
        }

        await foreach (var happened in live.ReadAsync(ct))
        {
            if (FilterRules.Selects(request.Filter, happened.Instance)
                || (happened.Before is { } before && FilterRules.Selects(request.Filter, before)))
            {
                yield return Response(happened.Type, happened.Instance, journal.Token(happened.Sequence), happened.Time);
            }
        }

        yield return Resync(live.EndReason);
    }

    private WatchResponse Resync(string reason)
    {
        var response = Response(WatchEventType.Resync, null, "");
        response.Message = $"{reason}; begin again without a resume token";
        return response;
    }

    private WatchResponse Response(WatchEventType type, Instance? instance, string token, Timestamp? when = null) => new()
    {
        Type = type,
        Instance = instance,
        ResumeToken = token,
        Time = when ?? time.GetUtcNow().ToTimestamp(),
    };
}
