using Qvmc.Core.Drills;

namespace Qvmc.Faults.Harness;

/// <summary>Steps at which a process can die and nothing can fail: between what was done and what comes next.</summary>
public static class Marks
{
    /// <summary>Whether a step is one. The crash tests compare this with what the daemons do.</summary>
    public static bool Has(FaultStep step) => step is
        FaultStep.LaunchStored or FaultStep.ChangeStored or FaultStep.RecordForgotten or FaultStep.ImageNamed
        or FaultStep.UploadStored or FaultStep.PullStored or FaultStep.StartRecorded or FaultStep.SpawnRecorded or FaultStep.RunRecorded
        or FaultStep.StopRecorded or FaultStep.GuestAsked or FaultStep.QuitSent or FaultStep.ProcessGone
        or FaultStep.GivenBack or FaultStep.EndRecorded or FaultStep.RemovalRecorded or FaultStep.RecordsLoaded
        or FaultStep.LeftoverEnded or FaultStep.MachineAdopted;
}
