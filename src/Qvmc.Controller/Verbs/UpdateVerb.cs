using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Changes settings and labels.</summary>
internal sealed class UpdateVerb(InstanceRecords records)
{
    /// <summary>Stores the change; its host makes of it what can be made now.</summary>
    public async Task<UpdateResponse> RunAsync(UpdateRequest request)
    {
        FaultException.ThrowIfAny(InstanceName.Check(request.Name) is { } fault ? [fault] : []);
        var (state, _) = await records.ChangeAsync(request.Name, request.Etag, s =>
        {
            FaultException.ThrowIfAny(UpdateRules.Check(request, s.Record.Instance.Spec));
            var ruling = CommandRules.Judge(InstanceCommand.Update, Situation.Of(s.Record, s.Seen));
            if (ruling.Verdict == Verdict.Refuse)
            {
                throw new FaultException(FaultCode.FailedPrecondition, ruling.Message);
            }

            var next = Desire.Next(s.Record, s.Seen.Machine);
            return UpdateRules.Apply(request, next.Instance) ? next : null;
        });
        return new UpdateResponse { Instance = state.View };
    }
}
