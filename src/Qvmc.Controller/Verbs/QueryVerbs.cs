using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Info, list and wait.</summary>
internal sealed class QueryVerbs(InstanceTable table, InstanceWaiter waiter)
{
    // gRPC clients take 4 MiB unless told otherwise, and one instance can have 512 KiB of user-data.
    private const int PageBytes = 3 << 20;

    /// <summary>One instance.</summary>
    public InfoResponse Info(InfoRequest request)
    {
        FaultException.ThrowIfAny(InstanceName.Check(request.Name) is { } fault ? [fault] : []);
        return new InfoResponse { Instance = table.Get(request.Name).View };
    }

    /// <summary>
    /// A page of instances. The token is the last name of the page before, so that launches and deletions in between
    /// neither repeat nor skip any other.
    /// </summary>
    public ListResponse List(ListRequest request)
    {
        FaultException.ThrowIfAny([.. FilterRules.Check(request.Filter), .. Paging.Check(request.PageSize, request.PageToken, DnsLabel.Is)]);
        var response = new ListResponse();
        var room = PageBytes;
        foreach (var (name, state) in table.All)
        {
            if (string.CompareOrdinal(name, request.PageToken) <= 0 || !FilterRules.Selects(request.Filter, state.View))
            {
                continue;
            }

            room -= state.View.CalculateSize();
            if (response.Instances.Count > 0 && (response.Instances.Count == Paging.Size(request.PageSize) || room < 0))
            {
                response.NextPageToken = response.Instances[^1].Name;
                break;
            }

            response.Instances.Add(state.View);
        }

        return response;
    }

    /// <summary>Answers when a condition holds.</summary>
    public async Task<WaitResponse> WaitAsync(WaitRequest request, ServerCallContext call)
    {
        FieldFault?[] faults = [InstanceName.Check(request.Name), WaitRules.CheckCondition(request.For, "for"), DurationRules.Check(request.Timeout, "timeout")];
        FaultException.ThrowIfAny([.. faults.OfType<FieldFault>()]);
        var condition = request.For == WaitCondition.Unspecified ? WaitCondition.Ready : request.For;
        return new WaitResponse { Instance = await waiter.WaitAsync(table.Get(request.Name), condition, request.Timeout, ownStart: false, call) };
    }
}
