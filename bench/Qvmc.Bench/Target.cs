using Grpc.Net.Client;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Bench;

/// <summary>The daemons that are measured.</summary>
internal sealed class Target : IDisposable
{
    private readonly string _controller;
    private readonly List<GrpcChannel> _channels = [];
    private readonly List<HttpClient> _https = [];

    /// <summary>Names them; nothing is connected.</summary>
    /// <param name="controller">unix:///PATH.</param>
    /// <param name="gateway">http://HOST:PORT.</param>
    public Target(string controller, string gateway)
    {
        (_controller, Gateway) = (controller, gateway);
    }

    /// <summary>Where the gateway listens.</summary>
    public string Gateway { get; }

    /// <summary>A client with a connection of its own, the same one for the same number.</summary>
    public ControllerService.ControllerServiceClient Client(int number = 0)
    {
        while (_channels.Count <= number)
        {
            _channels.Add(GrpcChannels.Create(new Endpoint { Address = _controller }));
        }

        return new ControllerService.ControllerServiceClient(_channels[number]);
    }

    /// <summary>An HTTP client with a connection of its own, the same one for the same number.</summary>
    public HttpClient Http(int number = 0)
    {
        while (_https.Count <= number)
        {
            _https.Add(new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(Gateway), Timeout = TimeSpan.FromMinutes(10) });
        }

        return _https[number];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channels.ForEach(c => c.Dispose());
        _https.ForEach(h => h.Dispose());
    }
}
