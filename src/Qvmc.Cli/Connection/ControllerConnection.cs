using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Cli.Connection;

/// <summary>A connection to the controller; made at the first call.</summary>
internal sealed class ControllerConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Names the controller; no call is made.</summary>
    /// <param name="address">unix:///PATH, http://HOST:PORT or https://HOST:PORT.</param>
    public ControllerConnection(string address)
    {
        Address = address;
        _channel = GrpcChannels.Create(new Endpoint { Address = address });
        Instances = new ControllerService.ControllerServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
        Networks = new NetworkService.NetworkServiceClient(_channel);
    }

    /// <summary>Where it is.</summary>
    public string Address { get; }

    /// <summary>Instances and hosts.</summary>
    public ControllerService.ControllerServiceClient Instances { get; }

    /// <summary>Images.</summary>
    public ImageService.ImageServiceClient Images { get; }

    /// <summary>Networks.</summary>
    public NetworkService.NetworkServiceClient Networks { get; }

    /// <summary>The fault that an exception of a call is, for people; null for what is no fault.</summary>
    /// <param name="exception">What was thrown.</param>
    public FaultException? FaultOf(Exception exception) => exception switch
    {
        FaultException fault => fault,
        RpcException rpc when SocketErrorIn(rpc) is { } socket => Unreachable(socket, rpc),
        RpcException { StatusCode: StatusCode.DeadlineExceeded, Status.Detail: "" } rpc =>
            new FaultException(FaultCode.Timeout, $"the controller at {Address} did not answer in time; what was asked for may go on", inner: rpc),
        RpcException rpc => FaultStatus.FromRpc(rpc),
        _ => null,
    };

    /// <summary>Whether no connection could be made at all.</summary>
    public static bool IsRefused(RpcException exception) => SocketErrorIn(exception) is { SocketErrorCode: not SocketError.ConnectionReset };

    /// <summary>Whether a connection was never made or broke, so that the same call may be worth another try.</summary>
    public static bool IsBroken(RpcException exception) => exception.StatusCode switch
    {
        StatusCode.Unavailable => true,

        // How a server that goes down ends the calls it was in.
        StatusCode.Cancelled or StatusCode.Internal => exception.Status.DebugException is not null,
        _ => false,
    };

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static SocketException? SocketErrorIn(RpcException rpc)
    {
        for (var cause = rpc.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
            {
                return socket;
            }
        }

        return null;
    }

    private FaultException Unreachable(SocketException socket, RpcException rpc)
    {
        var advice = socket.SocketErrorCode == SocketError.AccessDenied
            ? "ask for membership of the group that the socket belongs to"
            : "is it running? \"qvmc up\" starts one; \"qvmc doctor\" looks further; --endpoint or QVMC_ENDPOINT names another";
        var reason = socket.SocketErrorCode switch
        {
            SocketError.AccessDenied => "permission denied",
            SocketError.ConnectionRefused => "nobody answers",

            // ENOENT has no name of its own among socket errors.
            SocketError.AddressNotAvailable or SocketError.SocketError when Address.StartsWith("unix:", StringComparison.Ordinal) => "there is no such socket",
            _ => socket.Message,
        };
        return new FaultException(FaultCode.Unavailable, $"can't reach the controller at {Address}: {reason}; {advice}", inner: rpc);
    }
}
