using System.Runtime.InteropServices;

namespace Qvmc.Os;

/// <summary>A call into the operating system failed.</summary>
public sealed class OsException : IOException
{
    /// <summary>Makes it from an errno.</summary>
    /// <param name="call">The call and its argument: <c>posix_spawn /usr/bin/qemu</c>.</param>
    /// <param name="errno">What it answered.</param>
    public OsException(string call, int errno)
        : base($"{call}: {Marshal.GetPInvokeErrorMessage(errno)}")
    {
        Errno = errno;
    }

    /// <summary>The errno.</summary>
    public int Errno { get; }

    internal static OsException Last(string call) => new(call, Marshal.GetLastPInvokeError());
}
