using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Ends streams as soon as the daemon is told to stop. They have no end of their own, and would hold it up until
/// its limit; other calls are given that time.
/// </summary>
internal static class StreamStop
{
    public static void Use(IApplicationBuilder app)
    {
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        app.Use(async (http, next) =>
        {
            var method = http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
            if (method?.Type is not (MethodType.ServerStreaming or MethodType.DuplexStreaming))
            {
                await next(http);
                return;
            }
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
            http.RequestAborted = ended.Token;
            await next(http);
        });
    }
}
