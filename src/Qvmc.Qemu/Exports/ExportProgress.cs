using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Exports;

/// <summary>Tells how far an export is: to somebody who reads slowly the latest, not every step between.</summary>
internal sealed class ExportProgress(Func<ExportDiskResponse, Task> send)
{
    private Task _sending = Task.CompletedTask;
    private uint _told;

    /// <summary>So much is done, 0 to 100.</summary>
    internal void Tell(double percent)
    {
        var thousandths = (uint)(percent * 10);
        if (_sending.IsCompleted && thousandths > _told)
        {
            _told = thousandths;
            _sending = send(new ExportDiskResponse { Progress = thousandths });
        }
    }

    /// <summary>Ends when something else may be sent.</summary>
    internal Task EndAsync() => _sending;
}
