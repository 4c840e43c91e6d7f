using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;
using Qvmc.Os.Sockets;

namespace Qvmc.Controller.Images;

/// <summary>
/// Files that callers have open. Only those of our own user: he could read whatever we can, so that nothing is told to
/// him that he may not know. Who calls is the kernel's word; a descriptor, unlike a path, means the same wherever he lives.
/// </summary>
internal static class OpenImport
{
    /// <summary>Opens one anew.</summary>
    /// <param name="caller">The caller's connection; null: none that could be told.</param>
    /// <param name="descriptor">His descriptor.</param>
    /// <exception cref="FaultException">PERMISSION_DENIED: he has to upload it.</exception>
    public static FileStream Open(Socket? caller, int descriptor)
    {
        if (caller is null || SocketPeer.Of(caller) is not { } peer)
        {
            throw Denied("only a process on the controller's host that came over its Unix socket can hand a file over");
        }

        if (peer.UserId != PrivateDirectory.UserId)
        {
            throw Denied($"files are taken from processes of the controller's own user only ({PrivateDirectory.UserId}), not from those of user {peer.UserId}");
        }

        FileStream file;
        try
        {
            file = new FileStream(OpenFileOf.Open(peer.Pid, descriptor), FileAccess.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Denied($"descriptor {descriptor} of process {peer.Pid} can't be opened ({e.Message})");
        }

        if (!file.CanSeek)
        {
            file.Dispose();
            throw Denied($"descriptor {descriptor} of process {peer.Pid} is no file");
        }

        return file;
    }

    private static FaultException Denied(string why) => new(FaultCode.PermissionDenied, $"{why}: upload the image instead");
}
