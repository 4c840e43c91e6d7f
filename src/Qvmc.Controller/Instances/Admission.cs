using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Images;
using Qvmc.Controller.Limits;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Pulls;
using Qvmc.Controller.Records;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Instances;

/// <summary>
/// Decides launches. The decision (is the name free, are ports and addresses, is there such an image, was this request
/// made before) is taken under the image table's gate and against those being stored too; the storing is not.
/// </summary>
internal sealed class Admission(
    InstanceTable table,
    PendingLaunches pending,
    ImageTable images,
    ImageReferences references,
    ImagePulls pulls,
    CdromImages cdroms,
    NodeSessions nodes,
    Placement placement,
    HostClaims claims,
    HostRooms rooms,
    LaunchRate rate,
    RequestLedger ledger,
    InstanceRecords records,
    TimeProvider time)
{
    /// <summary>Stores a launch, or finds the one that the same request made before.</summary>
    /// <param name="request">The request.</param>
    /// <param name="faults">What is wrong with its fields, as far as they say so by themselves.</param>
    /// <param name="defaults">From the configuration; may be null.</param>
    /// <param name="ct">Gives up while another launch of the same name or request id is being stored.</param>
    public async Task<InstanceState> AdmitAsync(LaunchRequest request, IReadOnlyList<FieldFault> faults, InstanceDefaults? defaults, CancellationToken ct)
    {
        var hash = RequestLedger.Hash(request);
        var catalogue = references.Catalogue;
        await nodes.RefreshAsync(null, ct);
        while (true)
        {
            PendingLaunch? other;
            PendingLaunch? own = null;
            lock (images.Gate)
            {
                other = pending.Find(request.Name, request.RequestId);
                if (other is null)
                {
                    if (FindEarlier(request, hash) is { } earlier)
                    {
                        return earlier;
                    }

                    own = pending.Add(Decide(request, hash, faults, defaults, catalogue));
                }
            }

            if (own is null)
            {
                await other!.Ended.Task.WaitAsync(ct);
            }
            else if (await StoreAsync(own) is { } stored)
            {
                return stored;
            }
        }
    }

    // Null: the store had one of the name that nobody knew of; it is known now, and whether it is the same launch too.
    private async Task<InstanceState?> StoreAsync(PendingLaunch launch)
    {
        try
        {
            FaultPoint.Reach(FaultStep.LaunchAdmitted);
            if (launch.Pull is { } pull)
            {
                // First: a launch that is on record has its image on the way, whatever comes between. A pull without the
                // launch is merely an image that somebody asked for.
                await pulls.NeedAsync(pull);
                FaultPoint.Reach(FaultStep.LaunchPullStored);
            }

            var state = await records.CreateAsync(launch.Record);
            if ((state ?? table.Find(launch.Record.Instance.Name)) is { } known)
            {
                ledger.Add(known.Record);
            }

            FaultPoint.Pass(FaultStep.LaunchStored);
            return state;
        }
        finally
        {
            lock (images.Gate)
            {
                pending.Remove(launch);
            }
        }
    }

    private InstanceState? FindEarlier(LaunchRequest request, string hash)
    {
        if (request.RequestId.Length == 0 || ledger.Find(request.RequestId) is not { } earlier)
        {
            return null;
        }

        var id = Shown.Quote(request.RequestId);
        var name = Shown.Quote(earlier.Instance.Name);
        if (earlier.RequestHash != hash)
        {
            throw new FaultException(FaultCode.AlreadyExists, $"request_id {id} has launched instance {name} with another request: use a new one for a new request");
        }

        return table.Find(earlier.Instance.Name) is { } state && state.Uid == earlier.Instance.Uid
            ? state
            : throw new FaultException(FaultCode.FailedPrecondition, $"request_id {id} has launched instance {name}, which was deleted since: use a new one to launch it again");
    }

    private PendingLaunch Decide(LaunchRequest request, string hash, IReadOnlyList<FieldFault> faults, InstanceDefaults? defaults, ImageCatalogue catalogue)
    {
        var given = request;
        request = cdroms.Named(given);
        var (choice, unknown) = Choose(request.Spec?.Image ?? "", catalogue);
        var image = choice?.Image?.Record;
        var (hosts, misfits) = placement.Choose(request.Spec, pending.Records);
        FaultException.ThrowIfAny([
            .. faults,
            .. unknown,
            .. CheckImage(request, image),
            .. cdroms.Check(request.Spec),
            .. CdromImages.CheckDistinct(given, request.Spec),
            .. misfits.Where(m => faults.All(f => f.Field != m.Field)),
            .. NicRules.CheckQueues(request.Spec?.Nics ?? [], InstanceRules.Cpus(request.Spec ?? new InstanceSpec(), defaults), "spec.nics"),
        ]);
        if (table.Find(request.Name) is { } taken)
        {
            throw Taken(request.Name, taken);
        }

        var uid = Uid.Create();
        var record = new InstanceRecord
        {
            Instance = new Instance
            {
                Name = request.Name,
                Uid = uid,
                Generation = 1,
                Labels = { request.Labels },
                CreateTime = time.GetUtcNow().ToTimestamp(),
            },
            ImageDigest = image?.Digest ?? "",
            ImageFormat = image?.Format ?? "",
            CdromDigests = { cdroms.Digests(request.Spec!) },
            InstallAgent = image is not null && ImageNeed.InstallsAgent(image.GuestAgent, request.Spec!.CloudInit),
            RequestId = request.RequestId,
            RequestHash = hash,
        };
        Place(record, hosts, isMacTaken => InstanceRules.Complete(request.Spec!, uid, image, defaults, isMacTaken));
        record.Instance.Spec.Image = choice?.Name ?? "";
        record.Boot = record.Instance.Spec.Power == PowerState.Stopped ? 0u : 1u;
        rate.Take();
        return new PendingLaunch(record, choice?.Pull);
    }

    // A host where somebody has what is asked for, or where there is no room or address left, gives way to the next.
    private void Place(InstanceRecord record, IReadOnlyList<string> hosts, Func<Func<string, bool>, InstanceSpec> complete)
    {
        FaultException? refusal = null;
        foreach (var node in hosts)
        {
            try
            {
                var held = claims.Holdings(node);
                record.Node = node;
                record.Instance.Spec = complete(mac => held.OwnerOfMac(mac) is not null);
                held.ThrowIfTaken(record.Instance.Spec, node);
                rooms.ThrowIfNoneForNew(record);
                NicReservations.Update(record, table.Networks(node), held);
                return;
            }
            catch (FaultException e)
            {
                refusal ??= e;
                record.NicAddresses.Clear();
            }
        }

        throw refusal!;
    }

    // A name that can't be one is at fault already.
    private (ImageChoice? Choice, IReadOnlyList<FieldFault> Faults) Choose(string reference, ImageCatalogue catalogue)
    {
        try
        {
            return (ImageName.Is(reference) ? references.Choose(reference, catalogue) : null, []);
        }
        catch (FaultException e)
        {
            return (null, [new FieldFault("spec.image", e.Message)]);
        }
    }

    private static IEnumerable<FieldFault> CheckImage(LaunchRequest request, ImageRecord? image)
    {
        if (image is { Format: CdromImages.Format })
        {
            yield return new FieldFault("spec.image", $"{Shown.Quote(image.Name)} is a CD, not a disk: give it as a cdrom, and disk_mib for an empty disk");
        }
        else if (image is not null && InstanceRules.CheckDiskHolds(image, request.Spec!.DiskMib) is { } fault)
        {
            yield return fault;
        }
    }

    private static FaultException Taken(string name, InstanceState taken) => new(
        FaultCode.AlreadyExists,
        taken.Record.Instance.DeleteTime is null
            ? $"there is an instance {Shown.Quote(name)} already: choose another name, or delete it first"
            : $"instance {Shown.Quote(name)} is still being deleted: wait until it is gone, or choose another name");
}
