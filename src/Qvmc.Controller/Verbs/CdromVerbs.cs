using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Puts CDs into machines and takes them out.</summary>
internal sealed class CdromVerbs(InstanceRecords records, InstanceTable table, ImageTable images, CdromImages cdroms, ImageUse use)
{
    /// <summary>Puts one in; the one that is in already is no error.</summary>
    public async Task<AttachCdromResponse> AttachAsync(AttachCdromRequest request)
    {
        request = request.Clone();
        request.Image = cdroms.NameOf(request.Image);
        FaultException.ThrowIfAny([.. FaultsOf(request)]);
        string digest;
        ImageClaim claim;
        lock (images.Gate)
        {
            FaultException.ThrowIfAny(cdroms.Check(request.Image, "image") is { } fault ? [fault] : []);
            digest = cdroms.Find(request.Image).Digest;
            claim = use.Claim(digest, request.Name);
        }

        using (claim)
        {
            var state = await records.ChangeSettingsAsync(request.Name, request.Etag, record =>
            {
                var spec = record.Instance.Spec;
                FaultException.ThrowIfAny(CdromRules.CheckAttach(request, spec));
                var there = IndexOf(spec, request.Image);
                if (there >= 0 && record.CdromDigests[there] != digest)
                {
                    throw new FaultException(
                        FaultCode.FailedPrecondition,
                        $"instance {Shown.Quote(request.Name)} has an earlier CD of the name {Shown.Quote(request.Image)}: detach that first");
                }

                if (there < 0)
                {
                    spec.Cdroms.Add(new Cdrom { Image = request.Image });
                    record.CdromDigests.Add(digest);
                }

                return there < 0;
            });
            return new AttachCdromResponse { Instance = state.View };
        }
    }

    /// <summary>Takes one out.</summary>
    public async Task<DetachCdromResponse> DetachAsync(DetachCdromRequest request)
    {
        FaultException.ThrowIfAny(InstanceName.Check(request.Name) is { } fault ? [fault] : []);
        var state = await records.ChangeSettingsAsync(request.Name, request.Etag, record =>
        {
            var spec = record.Instance.Spec;
            var there = IndexOf(spec, request.Image);
            if (there < 0)
            {
                throw new FaultException(
                    FaultCode.NotFound,
                    $"instance {Shown.Quote(request.Name)} has no CD {Shown.Quote(request.Image)}: {(spec.Cdroms.Count == 0 ? "it has none" : $"it has {Shown.Some([.. spec.Cdroms.Select(c => c.Image)])}")}");
            }

            spec.Cdroms.RemoveAt(there);
            record.CdromDigests.RemoveAt(there);
            return true;
        });
        return new DetachCdromResponse { Instance = state.View };
    }

    private IEnumerable<FieldFault> FaultsOf(AttachCdromRequest request)
    {
        if (InstanceName.Check(request.Name) is { } fault)
        {
            yield return fault;
        }
        else
        {
            foreach (var other in CdromRules.CheckAttach(request, table.Get(request.Name).Record.Instance.Spec))
            {
                yield return other;
            }
        }
    }

    private static int IndexOf(InstanceSpec spec, string image) => spec.Cdroms.Select(c => c.Image).ToList().IndexOf(image);
}
