using Microsoft.Extensions.Hosting;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// In place of the console's lifetime, which would take the process's signals and print. Several daemons can live
/// in one process, and the signals are its owner's: see <see cref="ProcessSignals"/>.
/// </summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
