using Qvmc.Controller.Images;
using Qvmc.Images;

namespace Qvmc.Controller.Pulls;

/// <summary>
/// Tells of a pull how far it is. While an image is made of what came, nothing is swept: the bytes may be some that are
/// here already.
/// </summary>
internal sealed class PullProgress(PullState pull, ImageTable images, ImageSweep sweep, Action atPreparing) : IProgress<FetchProgress>, IDisposable
{
    private readonly Lock _lock = new();
    private IDisposable? _hold;
    private bool _ended;

    public void Report(FetchProgress value)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            if (value.Phase != FetchPhase.Preparing)
            {
                _hold?.Dispose();
                _hold = null;
            }
            else if (_hold is null)
            {
                _hold = sweep.Hold();
                atPreparing();
            }
        }

        images.Advance(pull with
        {
            Step = value.Phase == FetchPhase.Preparing ? PullStep.Preparing : PullStep.Downloading,
            Done = value.DoneBytes,
            Total = value.TotalBytes,
            Trouble = value.Trouble,
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _hold?.Dispose();
        }
    }
}
