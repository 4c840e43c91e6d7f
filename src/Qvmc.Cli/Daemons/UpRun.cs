using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Daemons;

/// <summary>Runs several daemons in one process: started in order, stopped in the opposite one; when one ends, all do.</summary>
internal sealed class UpRun(Terminal terminal)
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private readonly List<WebApplication> _started = [];

    /// <summary>Runs them until Ctrl-C.</summary>
    /// <param name="daemons">Names and how to build them, in the order of their starts; the last one serves HTTP.</param>
    /// <param name="controller">Where the controller listens.</param>
    public async Task RunAsync(IReadOnlyList<(string Name, Func<WebApplication> Create)> daemons, string controller)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(terminal.Interrupted);
        try
        {
            foreach (var (name, create) in daemons)
            {
                var app = create();
                _started.Add(app);
                await DaemonRunner.StartAsync(app, name, ended.Token);
                app.Lifetime.ApplicationStopping.Register(ended.Cancel);
            }

            terminal.Error.WriteLine($"qvmc up: ready on {controller} and {DaemonRunner.Address(_started[^1])}");
            await Task.Delay(Timeout.InfiniteTimeSpan, ended.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            terminal.Error.WriteLine($"qvmc up: stopping{await RunningAsync(controller)}");
        }
        finally
        {
            await StopAsync();
        }
    }

    // Each has its own limit; one that fails to stop does not keep the others from it.
    private async Task StopAsync()
    {
        foreach (var app in Enumerable.Reverse(_started))
        {
            try
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or AggregateException)
            {
                terminal.Error.WriteLine($"qvmc up: did not stop cleanly: {e.Message}");
            }
        }
    }

    private static async Task<string> RunningAsync(string controller)
    {
        using var connection = new ControllerConnection(controller);
        using var limit = new CancellationTokenSource(AskLimit);
        var filter = new InstanceFilter { States = { State.Starting, State.Running, State.Paused, State.Stopping } };
        try
        {
            var names = (await InstancePages.AllAsync(connection, filter, limit.Token)).ConvertAll(instance => instance.Name);
            return names.Count == 0
                ? ""
                : $"; {(names.Count == 1 ? "one machine goes" : $"{names.Count} machines go")} on running: {string.Join(", ", names)}\n\"qvmc up\" takes them up again; \"qvmc stop --all\" then stops all.";
        }
        catch (RpcException)
        {
            return "";
        }
    }
}
