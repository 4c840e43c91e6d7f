using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>What all changes of an instance's settings have in common.</summary>
internal static class InstanceChange
{
    /// <summary>Changes an instance that may be changed.</summary>
    /// <param name="records">Where it is stored.</param>
    /// <param name="name">Its name.</param>
    /// <param name="etag">The etag that it must have; empty: any.</param>
    /// <param name="change">
    /// Changes the copy that it is given, whose generation is the next; false: nothing differs. Asked again when
    /// somebody else's change came between.
    /// </param>
    public static async Task<InstanceState> ChangeSettingsAsync(this InstanceRecords records, string name, string etag, Func<InstanceRecord, bool> change)
    {
        var (state, _) = await records.ChangeAsync(name, etag, s => Judge(s, change));
        return state;
    }

    /// <summary>The same for what an instance holds of its host: <paramref name="change"/> is given what others hold too.</summary>
    public static async Task<InstanceState> ChangeSettingsAsync(this HostClaims claims, string name, string etag, Func<InstanceState, InstanceRecord, HostHoldings, bool> change)
    {
        var (state, _) = await claims.ChangeAsync(name, etag, (s, held) => Judge(s, next => change(s, next, held)));
        return state;
    }

    private static InstanceRecord? Judge(InstanceState s, Func<InstanceRecord, bool> change)
    {
        var next = Desire.Next(s.Record, s.Seen.Machine);
        var differs = change(next);
        var ruling = CommandRules.Judge(InstanceCommand.Update, Situation.Of(s.Record, s.Seen));
        return ruling.Verdict == Verdict.Refuse
            ? throw new FaultException(FaultCode.FailedPrecondition, ruling.Message)
            : differs ? next : null;
    }
}
