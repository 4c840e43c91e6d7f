using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Qvmc.Gateway.Transcoding;

/// <summary>Methods for a <see cref="CallInvoker"/> that are known by their descriptor only.</summary>
internal static class ControllerMethod
{
    public static Method<IMessage, IMessage> Of(MethodDescriptor method) => new(
        method.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary,
        method.Service.FullName,
        method.Name,
        Marshaller(method.InputType.Parser),
        Marshaller(method.OutputType.Parser));

    private static Marshaller<IMessage> Marshaller(MessageParser parser) => Marshallers.Create<IMessage>(
        (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
