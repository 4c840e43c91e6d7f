using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;

namespace Qvmc.Hosting.Daemons;

/// <summary>Runs a daemon from start to stop.</summary>
public static class DaemonRunner
{
    /// <summary>
    /// Starts a daemon, says <c>qvmc NAME: ready on ADDRESS</c> on standard error once it serves, waits until it
    /// is told to stop, lets running calls end, and disposes of it.
    /// </summary>
    /// <param name="app">What <see cref="DaemonBuilder.Build"/> made.</param>
    /// <param name="name">The daemon's name: "qemu", "controller" or "gateway".</param>
    /// <param name="ct">Tells it to stop.</param>
    /// <param name="ownsProcess">
    /// The process is this daemon's alone: signals stop it too, and systemd is told when it is ready. False when
    /// several daemons share one process, whose owner does both.
    /// </param>
    /// <exception cref="FaultException">It can't start: the address is taken, a key can't be read.</exception>
    public static async Task RunAsync(WebApplication app, string name, CancellationToken ct, bool ownsProcess = true)
    {
        using var signals = ownsProcess ? new ProcessSignals() : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, signals?.Token ?? default, app.Lifetime.ApplicationStopping);
        await using (app)
        {
            await StartAsync(app, name, stop.Token);
            await Console.Error.WriteLineAsync($"qvmc {name}: ready on {Address(app)}");
            var systemd = ownsProcess ? new SystemdNotifier() : null;
            systemd?.Notify(ServiceState.Ready);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            systemd?.Notify(ServiceState.Stopping);
            // The limit is HostOptions.ShutdownTimeout.
            await app.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Where a started daemon listens, with the port that was really taken.</summary>
    public static EndpointAddress Address(WebApplication app)
    {
        var listen = app.Services.GetRequiredService<DaemonInfo>().Listen;
        return listen.Kind == EndpointKind.Unix || listen.Port != 0
            ? listen
            : app.Urls.Select(EndpointAddress.Parse).First(url => url.Host == listen.Host || listen.Host == "localhost");
    }

    /// <summary>Starts a daemon whose owner runs several; <see cref="RunAsync"/> does it for one alone.</summary>
    /// <exception cref="FaultException">It can't listen.</exception>
    public static async Task StartAsync(WebApplication app, string name, CancellationToken ct)
    {
        if (FaultPoint.Warning is { } warning)
        {
            await Console.Error.WriteLineAsync($"qvmc {name}: {warning}");
        }

        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{name} can't listen: {e.Message.TrimEnd('.')}; stop who listens there, or configure another address", inner: e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            var listen = app.Services.GetRequiredService<DaemonInfo>().Listen;
            throw new FaultException(FaultCode.FailedPrecondition, $"{name} can't listen on {listen}: {e.Message}", inner: e);
        }
    }
}
