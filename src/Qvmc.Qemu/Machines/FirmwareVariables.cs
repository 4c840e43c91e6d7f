using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Qemu.Machines;

/// <summary>A machine's own memory of its firmware: made once, of the empty one that comes with the firmware, and kept.</summary>
internal static class FirmwareVariables
{
    // The memory is 64 MiB, and nearly all of it is empty: what is zero takes no room.
    private const int BlockBytes = 64 << 10;

    /// <summary>Sees to it that it is there, whole.</summary>
    /// <exception cref="FaultException">It could not be made.</exception>
    internal static void Prepare(string path, string template)
    {
        if (File.Exists(path))
        {
            return;
        }

        var making = path + ".new";
        try
        {
            Copy(template, making);
            File.Move(making, path);
            DurableDirectory.Sync(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"the firmware's memory {path} could not be made of {template}: {e.Message}", inner: e);
        }
    }

    private static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var target = new FileStream(to, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var block = new byte[BlockBytes];
        int count;
        while ((count = source.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false)) > 0)
        {
            if (block.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                target.Write(block, 0, count);
            }
            else
            {
                target.Seek(count, SeekOrigin.Current);
            }
        }

        target.SetLength(source.Length);
        target.Flush(flushToDisk: true);
    }
}
