using System.Diagnostics;

namespace Qvmc.Os.Processes;

/// <summary>
/// A child whose pipes are closed with its disposal. .NET leaves those that were used to the garbage collector, which
/// knows nothing of how few descriptors there are.
/// </summary>
internal sealed class PipedProcess : Process
{
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close(StartInfo.RedirectStandardInput, () => StandardInput);
            Close(StartInfo.RedirectStandardOutput, () => StandardOutput);
            Close(StartInfo.RedirectStandardError, () => StandardError);
        }

        base.Dispose(disposing);
    }

    private static void Close(bool isThere, Func<IDisposable> pipe)
    {
        try
        {
            if (isThere)
            {
                pipe().Dispose();
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // What it had not read yet is lost with it; or it was never started, or disposed before.
        }
    }
}
