using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>CDs, which are named by their images.</summary>
public static class CdromRules
{
    /// <summary>Every fault of <paramref name="cdroms"/>.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyList<Cdrom> cdroms, string field)
    {
        if (cdroms.Count > InstanceLimits.MaxCdroms)
        {
            yield return new FieldFault(field, $"{cdroms.Count} CDs are too many: at most {InstanceLimits.MaxCdroms}");
            yield break;
        }

        for (var i = 0; i < cdroms.Count; i++)
        {
            if (ImageName.Check(cdroms[i].Image, $"{field}[{i}].image") is { } fault)
            {
                yield return fault;
            }
            else if (cdroms.Take(i).Any(c => c.Image == cdroms[i].Image))
            {
                yield return new FieldFault($"{field}[{i}].image", $"{Shown.Quote(cdroms[i].Image)} is there twice: a machine has a CD once");
            }
        }
    }

    /// <summary>Every fault of putting one more into a machine that has <paramref name="current"/>.</summary>
    public static IReadOnlyList<FieldFault> CheckAttach(AttachCdromRequest request, InstanceSpec current)
    {
        var faults = new List<FieldFault>();
        if (ImageName.Check(request.Image, "image") is { } fault)
        {
            faults.Add(fault);
        }

        if (current.Cdroms.Count >= InstanceLimits.MaxCdroms && current.Cdroms.All(c => c.Image != request.Image))
        {
            faults.Add(new FieldFault("image", $"the instance has {InstanceLimits.MaxCdroms} CDs, which is the most: detach one first"));
        }

        return faults;
    }
}
