using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Changes;

/// <summary>
/// What must be changed in a machine that runs, so that its disks and CDs are as ordered: a pure function of what it
/// runs on and what is wanted. Everything else of the settings waits for the next start.
/// </summary>
internal static class LivePlan
{
    /// <summary>The steps, in an order in which each can be taken. A disk that another one replaces goes first.</summary>
    internal static IReadOnlyList<LiveStep> Steps(MachineRun? run, MachineOrder order)
    {
        if (run?.Spec is not { } runs)
        {
            return [];
        }

        var (has, wants) = (Attached(runs), Attached(order.Spec));
        var (hasCds, wantsCds) = (Cds(runs, run.CdromDigests), Cds(order.Spec, order.CdromDigests));
        return
        [
            .. has.Where(h => !wants.Any(w => IsSame(h, w))).Select(h => new LiveStep.Unplug(h.Clone())),
            .. hasCds.Except(wantsCds).Select(c => new LiveStep.Eject(c.Cdrom, c.Digest)),
            .. order.Spec.DiskMib > runs.DiskMib ? [new LiveStep.GrowFirst(order.Spec.DiskMib)] : Array.Empty<LiveStep>(),
            .. wants.Where(w => has.Any(h => IsSame(h, w) && h.SizeMib < w.SizeMib)).Select(w => new LiveStep.Grow(w.Clone())),
            .. wants.Where(w => has.All(h => h.Name != w.Name)).Select(w => new LiveStep.Plug(w.Clone())),
            .. wantsCds.Except(hasCds).Select(c => new LiveStep.Insert(c.Cdrom, c.Digest)),
        ];
    }

    /// <summary>Notes in a run that a step was taken: from then on it runs on that.</summary>
    internal static void Note(MachineRun run, LiveStep step)
    {
        var spec = run.Spec;
        switch (step)
        {
            case LiveStep.GrowFirst s:
                spec.DiskMib = s.Mib;
                break;
            case LiveStep.Grow s:
                spec.DataDisks.First(d => IsSame(d, s.Disk)).SizeMib = s.Disk.SizeMib;
                break;
            case LiveStep.Unplug s:
                spec.DataDisks.Remove(spec.DataDisks.First(d => IsSame(d, s.Disk)));
                break;
            case LiveStep.Plug s:
                // It may be there as detached.
                foreach (var known in spec.DataDisks.Where(d => d.Name == s.Disk.Name).ToList())
                {
                    spec.DataDisks.Remove(known);
                }

                spec.DataDisks.Add(s.Disk.Clone());
                break;
            case LiveStep.Eject s:
                var index = Cds(spec, run.CdromDigests).IndexOf((s.Cdrom, s.Digest));
                spec.Cdroms.RemoveAt(index);
                run.CdromDigests.RemoveAt(index);
                break;
            case LiveStep.Insert s:
                spec.Cdroms.Add(s.Cdrom.Clone());
                run.CdromDigests.Add(s.Digest);
                break;
            default:
                NicPlan.Note(run, step);
                break;
        }
    }

    private static List<DataDisk> Attached(InstanceSpec spec) => [.. spec.DataDisks.Where(d => !d.Detached)];

    private static List<(Cdrom Cdrom, string Digest)> Cds(InstanceSpec spec, IEnumerable<string> digests) => [.. spec.Cdroms.Zip(digests)];

    private static bool IsSame(DataDisk a, DataDisk b) => a.Name == b.Name && a.Generation == b.Generation;
}
