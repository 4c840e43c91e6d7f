using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Deletes instances.</summary>
internal sealed class DeleteVerb(InstanceRecords records, InstanceChanges changes, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Stores that it is wanted gone, and answers when it is.</summary>
    public async Task<DeleteResponse> RunAsync(DeleteRequest request, ServerCallContext call)
    {
        FaultException.ThrowIfAny(InstanceName.Check(request.Name) is { } fault ? [fault] : []);
        var (began, _) = await records.ChangeAsync(request.Name, request.Etag, s =>
        {
            var ruling = CommandRules.Judge(InstanceCommand.Delete, Situation.Of(s.Record, s.Seen), request.Force);
            return ruling.Verdict switch
            {
                Verdict.Accept => Desire.Delete(s.Record, s.Seen, request.Force, time.GetUtcNow().ToTimestamp()),
                Verdict.AlreadySo => null,
                Verdict.Refuse => throw new FaultException(FaultCode.FailedPrecondition, ruling.Message),
            };
        });

        using var limit = new CallLimit(InstanceLimits.DefaultWait, call, lifetime, time);
        var state = await changes.UntilAsync(began.Name, limit.Token, s => IsGone(s, began) || Held(s!) is not null);
        if (IsGone(state, began))
        {
            return new DeleteResponse();
        }

        if (Held(state!) is { } held)
        {
            throw new FaultException(FaultCode.FailedPrecondition, held);
        }

        limit.ThrowUnlessTime();
        throw state!.Seen.Host.Reachable
            ? new FaultException(FaultCode.Timeout, $"instance {Shown.Quote(state.Name)} is not gone after {limit.Length.TotalSeconds:0.#} s; the deletion goes on")
            : new FaultException(FaultCode.Unavailable, $"instance {Shown.Quote(state.Name)} will be deleted when its host returns: {state.Seen.Host.Message}");
    }

    private static bool IsGone(InstanceState? state, InstanceState began) => state is null || state.Uid != began.Uid;

    // Accepted while nobody knew that it runs, and refused by the host for that.
    private static string? Held(InstanceState state) => state.Seen.Trouble is { Refused: true } trouble && trouble.Generation == state.Generation
        ? $"instance {Shown.Quote(state.Name)} is not deleted yet: {trouble.Message}; the deletion goes on as soon as that changes, or at once by force"
        : null;
}
