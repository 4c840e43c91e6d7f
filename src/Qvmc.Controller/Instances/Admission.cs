using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Images;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Instances;

/// <summary>
/// Decides launches. The decision (is the name free, are the ports, is there such an image, was this request made
/// before) is taken under the image catalog's gate and against those being stored too; the storing is not.
/// </summary>
internal sealed class Admission(
    InstanceTable table, PendingLaunches pending, ImageCatalog images, NodeSessions nodes, RequestLedger ledger, InstanceRecords records, TimeProvider time)
{
    /// <summary>Stores a launch, or finds the one that the same request made before.</summary>
    /// <param name="request">The request.</param>
    /// <param name="faults">What is wrong with its fields, as far as they say so by themselves.</param>
    /// <param name="defaults">From the configuration; may be null.</param>
    /// <param name="ct">Gives up while another launch of the same name or request id is being stored.</param>
    public async Task<InstanceState> AdmitAsync(LaunchRequest request, IReadOnlyList<FieldFault> faults, InstanceDefaults? defaults, CancellationToken ct)
    {
        var hash = RequestLedger.Hash(request);
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

                    own = pending.Add(Decide(request, hash, faults, defaults));
                }
            }

            if (own is not null)
            {
                return await StoreAsync(own);
            }

            await other!.Ended.Task.WaitAsync(ct);
        }
    }

    private async Task<InstanceState> StoreAsync(PendingLaunch launch)
    {
        try
        {
            var state = await records.CreateAsync(launch.Record) ?? throw Taken(launch.Record.Instance.Name, null);
            ledger.Add(launch.Record);
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

    private InstanceRecord Decide(LaunchRequest request, string hash, IReadOnlyList<FieldFault> faults, InstanceDefaults? defaults)
    {
        var image = images.Find(request.Spec?.Image ?? "")?.Record;
        FaultException.ThrowIfAny([.. faults, .. CheckImage(request, image)]);
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
                Spec = InstanceRules.Complete(request.Spec!, uid, image!, defaults),
            },
            ImageDigest = image!.Digest,
            ImageFormat = image.Format,
            RequestId = request.RequestId,
            RequestHash = hash,
        };
        record.Boot = record.Instance.Spec.Power == PowerState.Stopped ? 0u : 1u;
        var others = pending.Records.Concat(table.All.Values.Select(s => s.Record)).ToList();
        record.Node = nodes.Place(others);
        CheckPorts(record, others);
        return record;
    }

    private IEnumerable<FieldFault> CheckImage(LaunchRequest request, ImageRecord? image)
    {
        var name = request.Spec?.Image ?? "";
        if (image is null && ImageName.Is(name))
        {
            var there = images.All.Keys.ToList();
            yield return new FieldFault("spec.image", $"{Shown.Quote(name)} is not an image: {(there.Count == 0 ? "there are none, import one first" : $"there are {Shown.Some(there)}")}");
        }

        if (image is not null && InstanceRules.CheckDiskHolds(image, request.Spec!.DiskMib) is { } fault)
        {
            yield return fault;
        }
    }

    private static void CheckPorts(InstanceRecord record, IEnumerable<InstanceRecord> others)
    {
        foreach (var other in others.Where(o => o.Node == record.Node))
        {
            var clash = record.Instance.Spec.Forwards.FirstOrDefault(f => other.Instance.Spec.Forwards.Any(o => ForwardRules.Collide(f, o)));
            if (clash is not null)
            {
                throw new FaultException(
                    FaultCode.FailedPrecondition,
                    $"{ForwardRules.Describe(clash)} on host {Shown.Quote(record.Node)} belongs to instance {Shown.Quote(other.Instance.Name)}: choose another host_port, or delete that instance");
            }
        }
    }

    private static FaultException Taken(string name, InstanceState? taken) => new(
        FaultCode.AlreadyExists,
        taken?.Record.Instance.DeleteTime is null
            ? $"there is an instance {Shown.Quote(name)} already: choose another name, or delete it first"
            : $"instance {Shown.Quote(name)} is still being deleted: wait until it is gone, or choose another name");
}
