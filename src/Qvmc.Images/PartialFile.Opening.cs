using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Images.Fetching;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;

namespace Qvmc.Images;

// How it is made, or taken over from somebody who is gone.
public sealed partial class PartialFile
{
    /// <summary>Makes a file, or goes on with what an earlier process left. Its directory must be there.</summary>
    /// <exception cref="FaultException">Somebody else has it (FAILED_PRECONDITION), or there is no room (RESOURCE_EXHAUSTED).</exception>
    public static PartialFile Open(string path)
    {
        try
        {
            var file = Lock(path);
            PartialOffset? offset = null;
            try
            {
                offset = PartialOffset.Open(path);
                var opened = new PartialFile(path, file, offset);
                DurableDirectory.Sync(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
                return opened;
            }
            catch
            {
                offset?.Dispose();
                file.Dispose();
                throw;
            }
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Disk.Full("a new file", System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, null, e);
        }
    }

    // Between our opening the file and our locking it, its owner may have deleted or moved it away.
    private static SafeFileHandle Lock(string path)
    {
        for (var tries = 1; ; tries++)
        {
            SafeFileHandle file;
            try
            {
                file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
            }
            catch (IOException e) when (e.HResult == (OperatingSystem.IsMacOS() ? 35 : 11))
            {
                // Whoever only looks whether somebody has it lets go at once.
                if (tries < 5)
                {
                    Thread.Sleep(10);
                    continue;
                }

                throw new FaultException(FaultCode.FailedPrecondition, $"{path} is being written by somebody else: wait until that has ended", inner: e);
            }

            if (!OperatingSystem.IsLinux()
                || System.IO.Path.GetFileName(new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget) == System.IO.Path.GetFileName(path))
            {
                return file;
            }

            file.Dispose();
        }
    }
}
