using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;

namespace Qvmc.Faults.Scenarios;

/// <summary>Which scenario comes to which step: a step that none comes to is a failing test.</summary>
public static class AllScenarios
{
    /// <summary>Every scenario by its name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<FaultCluster, Scenario>> ByName = new Dictionary<string, Func<FaultCluster, Scenario>>
    {
        ["launch"] = c => new Launching(c),
        ["launch-pull"] = c => new LaunchPulling(c),
        ["start"] = c => new Starting(c),
        ["stop"] = c => new Stopping(c),
        ["delete"] = c => new Deleting(c),
        ["import"] = c => new Importing(c),
        ["import-qcow2"] = c => new ImportingQcow2(c),
        ["upload"] = c => new Uploading(c),
        ["upload-delete"] = c => new UploadDeleting(c),
        ["pull"] = c => new Pulling(c),
        ["image-delete"] = c => new ImageDeleting(c),
        ["adopt-running"] = c => new Adopting.Running(c),
        ["adopt-dead"] = c => new Adopting.Dead(c),
        ["adopt-start"] = c => new Adopting.HalfStarted(c),
        ["adopt-removal"] = c => new Adopting.HalfRemoved(c),
    };

    /// <summary>The one that is run for a step when there is time for one only.</summary>
    public static string For(FaultStep step) => step switch
    {
        FaultStep.LaunchPullStored or FaultStep.ImageTaken => "launch-pull",
        FaultStep.ChangeDecided or FaultStep.ChangeStored => "start",
        FaultStep.RemovalDue or FaultStep.RemovalTaken or FaultStep.RequestKept or FaultStep.RecordForgotten => "delete",
        FaultStep.ImageChecked => "import-qcow2",
        >= FaultStep.ImageOpened and <= FaultStep.ImageNamed => "import",
        FaultStep.ImageUnnamed or FaultStep.ImageSwept => "image-delete",
        FaultStep.UploadForgotten => "upload-delete",
        >= FaultStep.UploadStored and <= FaultStep.UploadNamed => "upload",
        >= FaultStep.PullStored and <= FaultStep.PullForgotten => "pull",
        >= FaultStep.StopRecorded and <= FaultStep.EndRecorded => "stop",
        >= FaultStep.RemovalRecorded and <= FaultStep.DirectoryDeleted => "delete",
        FaultStep.LeftoversSwept => "adopt-removal",
        FaultStep.LeftoverEnded => "adopt-start",
        FaultStep.EndFound => "adopt-dead",
        FaultStep.RecordsLoaded or FaultStep.MachineAdopted => "adopt-running",
        _ => "launch",
    };
}
