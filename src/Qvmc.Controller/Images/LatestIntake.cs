using Qvmc.Images;

namespace Qvmc.Controller.Images;

/// <summary>How much of an image has come, as was reported last; what is done with it then counts as all of it.</summary>
internal sealed class LatestIntake : IProgress<IntakeProgress>
{
    private long _received;

    public long ReceivedBytes => Volatile.Read(ref _received);

    public void Report(IntakeProgress value)
    {
        if (value.Phase == IntakePhase.Receiving)
        {
            Volatile.Write(ref _received, value.DoneBytes);
        }
    }
}
