using Microsoft.Extensions.Logging;
using Qvmc.Core.Drills;
using Qvmc.Images;

namespace Qvmc.Controller.Images;

/// <summary>
/// Deletes bytes that have lost their last name or user. Not while bytes that have just come are getting their name: they
/// may turn out to be the same.
/// </summary>
internal sealed partial class ImageSweep(ImageStore bytes, ImageTable images, ImageUse use, ILogger<ImageSweep> log)
{
    private readonly HashSet<string> _offered = [];
    private int _holds;

    /// <summary>Bytes that have come are getting their name. The caller holds the gate to believe it.</summary>
    public bool IsHeld => _holds > 0;

    /// <summary>Sweeps whatever instances cease to use from now on.</summary>
    public void Follow() => use.Released += digests =>

        // Told under the instance table's lock, before which the gate would have to be taken.
        _ = Task.Run(() => Offer(digests));

    /// <summary>Nothing is deleted until what this returns is disposed of.</summary>
    public IDisposable Hold()
    {
        lock (images.Gate)
        {
            _holds++;
        }

        return new SweepHold(Release);
    }

    /// <summary>These bytes may have lost their last name or user.</summary>
    public void Offer(IEnumerable<string> digests)
    {
        lock (images.Gate)
        {
            _offered.UnionWith(digests);
            Sweep();
        }
    }

    /// <summary>Whether bytes have neither name nor user. The caller holds the gate to believe it.</summary>
    public bool IsUseless(string digest) => !images.NamesOf(digest).Any() && use.Users(digest).Count == 0;

    private void Release()
    {
        lock (images.Gate)
        {
            _holds--;
            Sweep();
        }
    }

    // Under the gate nobody launches or names anything meanwhile.
    private void Sweep()
    {
        if (_holds > 0)
        {
            return;
        }

        foreach (var digest in _offered.Where(IsUseless))
        {
            try
            {
                bytes.Delete(digest);
                FaultPoint.Reach(FaultStep.ImageSwept);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                NotDeleted(e, digest);
            }
        }

        _offered.Clear();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "image bytes {Digest} could not be deleted")]
    private partial void NotDeleted(Exception e, string digest);
}
