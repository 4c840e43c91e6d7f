using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Qvmc.Os.Sockets;

/// <summary>Who is at the other end of a Unix socket, as the kernel noted it when he connected.</summary>
/// <param name="Pid">The process.</param>
/// <param name="UserId">Its effective user id then.</param>
public readonly record struct SocketPeer(int Pid, uint UserId)
{
    // asm-generic/socket.h; struct ucred (socket(7)): pid, uid and gid of four bytes each.
    private const int SolSocket = 1, SoPeerCred = 17, CredentialsSize = 12;

    /// <summary>Null: it is no Unix socket, its peer is in another process namespace, or this is not Linux.</summary>
    public static SocketPeer? Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.AddressFamily != AddressFamily.Unix)
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[CredentialsSize];
        return socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) == CredentialsSize && MemoryMarshal.Read<int>(credentials) is > 0 and var pid
            ? new SocketPeer(pid, MemoryMarshal.Read<uint>(credentials[sizeof(int)..]))
            : null;
    }
}
