using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Qvmc.Gateway.Streams;

namespace Qvmc.Gateway.Transcoding;

/// <summary>
/// Serves services over HTTP as their google.api.http annotations say. Nothing here knows a method: a new one in the
/// protos is a new route.
/// </summary>
internal sealed class Transcoder(CallInvoker controller, TimeProvider time, StreamLimits streams, long maxBodyBytes)
{
    /// <summary>Adds the routes of a service.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="service">The service.</param>
    /// <param name="wrap">Stands before a route, for what JSON can't carry; null: leaves it as it is.</param>
    public void Map(IEndpointRouteBuilder routes, ServiceDescriptor service, Func<HttpBinding, RequestDelegate, RequestDelegate?> wrap)
    {
        foreach (var binding in HttpBinding.Of(service))
        {
            var serve = Route(binding);
            routes.MapMethods(binding.Path.RoutePattern, [binding.Verb], wrap(binding, serve) ?? serve);
        }
    }

    private RequestDelegate Route(HttpBinding binding) => binding.Method.IsServerStreaming
        ? new StreamRoute(binding, controller, time, streams, maxBodyBytes).ServeAsync
        : new UnaryRoute(binding, controller, time, maxBodyBytes).ServeAsync;
}
