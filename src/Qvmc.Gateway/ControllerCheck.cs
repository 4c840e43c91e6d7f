using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Qvmc.Gateway;

/// <summary>The gateway is ready when its controller is.</summary>
internal sealed class ControllerCheck(GrpcChannel channel, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly Health.HealthClient _controller = new(channel);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await _controller.CheckAsync(new HealthCheckRequest(), deadline: time.GetUtcNow().UtcDateTime + Limit, cancellationToken: cancellationToken);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("the controller can be reached but is not ready");
        }
        catch (RpcException e)
        {
            return HealthCheckResult.Unhealthy($"the controller can't be reached ({e.StatusCode})");
        }
    }
}
