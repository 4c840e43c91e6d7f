using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>All instances, over as many pages as they take.</summary>
internal static class InstancePages
{
    private const uint PageSize = 500;

    /// <summary>The instances that a filter selects, by name.</summary>
    public static async Task<List<Instance>> AllAsync(ControllerConnection connection, InstanceFilter filter, CancellationToken cancellationToken)
    {
        var instances = new List<Instance>();
        var request = new ListRequest { PageSize = PageSize, Filter = filter };
        do
        {
            var page = await connection.Instances.ListAsync(request, Limits.In(Limits.Quick, cancellationToken));
            instances.AddRange(page.Instances);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return instances;
    }
}
