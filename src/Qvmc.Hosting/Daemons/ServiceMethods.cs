using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Qvmc.Hosting.Chunks;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Maps the methods of a gRPC service one by one. What is generated for that calls a generic virtual method for each of them,
/// which a program that was compiled ahead of time has to make when it starts: a third of a daemon's start.
/// </summary>
/// <remarks>
/// <code>
/// methods.Unary&lt;LaunchRequest, LaunchResponse&gt;(nameof(ControllerGrpc.Launch), (service, request, call) =&gt; service.Launch(request, call));
/// </code>
/// </remarks>
public sealed class ServiceMethods<TService>
    where TService : class
{
    private readonly ServiceMethodProviderContext<Served<TService>> _context;
    private readonly ServiceDescriptor _descriptor;

    internal ServiceMethods(ServiceMethodProviderContext<Served<TService>> context, ServiceDescriptor descriptor) => (_context, _descriptor) = (context, descriptor);

    /// <summary>A method that takes one message and answers with one.</summary>
    public void Unary<TRequest, TResponse>(string name, UnaryServerMethod<TService, TRequest, TResponse> serve)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        _context.AddUnaryMethod(
            Method<TRequest, TResponse>(name, MethodType.Unary), Metadata, (served, request, call) => serve(served.Service, request, call));

    /// <summary>A method that answers with many.</summary>
    public void ServerStreaming<TRequest, TResponse>(string name, ServerStreamingServerMethod<TService, TRequest, TResponse> serve)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        _context.AddServerStreamingMethod(
            Method<TRequest, TResponse>(name, MethodType.ServerStreaming), Metadata, (served, request, responses, call) => serve(served.Service, request, responses, call));

    /// <summary>A method that takes many.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="requests">Reads them.</param>
    /// <param name="serve">Serves a call.</param>
    public void ClientStreaming<TRequest, TResponse>(string name, Marshaller<TRequest> requests, ClientStreamingServerMethod<TService, TRequest, TResponse> serve)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        _context.AddClientStreamingMethod(
            new Method<TRequest, TResponse>(MethodType.ClientStreaming, _descriptor.FullName, name, requests, Marshaller<TResponse>(Find(name).OutputType)),
            Metadata,
            (served, stream, call) => serve(served.Service, stream, call));

    // As gRPC is spoken.
    private static List<object> Metadata => [new HttpMethodMetadata(["POST"])];

    private Method<TRequest, TResponse> Method<TRequest, TResponse>(string name, MethodType type)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var method = Find(name);
        return new Method<TRequest, TResponse>(type, _descriptor.FullName, name, Marshaller<TRequest>(method.InputType), Marshaller<TResponse>(method.OutputType));
    }

    private MethodDescriptor Find(string name) =>
        _descriptor.FindMethodByName(name) ?? throw new ArgumentException($"{_descriptor.FullName} has no method {name}", nameof(name));

    private static Marshaller<T> Marshaller<T>(MessageDescriptor type)
        where T : class, IMessage<T>
    {
        var parser = (MessageParser<T>)type.Parser;
        return Marshallers.Create<T>(ChunkMarshaller.Write, payload => parser.ParseFrom(payload.PayloadAsReadOnlySequence()));
    }
}
