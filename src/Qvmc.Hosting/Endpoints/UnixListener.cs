using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Endpoints;

/// <summary>
/// Binds Unix sockets so that no moment is left in which somebody who may not can connect, or in which two daemons
/// take each other's. The permissions are set between bind and listen: nobody can connect before listen. A lock
/// beside the socket keeps a second daemon from taking the first one's for a stale one.
/// </summary>
internal sealed class UnixListener : IDisposable
{
    private const UnixFileMode DefaultMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan ChgrpLimit = TimeSpan.FromSeconds(5);

    private readonly List<FileStream> _locks = [];

    /// <summary>Binds a socket to the endpoint's path.</summary>
    /// <exception cref="FaultException">Somebody else is serving there, or the path can't be used.</exception>
    public Socket Bind(Endpoint endpoint, string path)
    {
        try
        {
            _locks.Add(Lock(path));
            RemoveStale(path);
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint(path));
                ChangeGroup(path, endpoint.SocketGroup);
                File.SetUnixFileMode(path, EndpointRules.TryParseMode(endpoint.SocketMode, out var mode) ? mode : DefaultMode);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"can't listen on unix://{path}: {e.Message}", inner: e);
        }
    }

    public void Dispose()
    {
        foreach (var file in _locks)
        {
            File.Delete(file.Name);
            file.Dispose();
        }
        _locks.Clear();
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"can't listen on unix://{path}: there is no directory {Path.GetDirectoryName(path)}; make it first", inner: e);
        }
        catch (IOException e)
        {
            throw InUse(path, e);
        }
    }

    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e) when (!IsSocket(path))
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"can't listen on unix://{path}: there is a file that is not a socket; move it away, or configure another path", inner: e);
        }
        throw InUse(path, null);
    }

    // .NET doesn't tell a socket from a file; but a socket has no length and can't be opened (ENXIO).
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return false;
        }
        catch (IOException)
        {
            return new FileInfo(path).Length == 0;
        }
    }

    private static FaultException InUse(string path, Exception? inner) =>
        new(FaultCode.FailedPrecondition, $"can't listen on unix://{path}: another daemon is serving there; stop it first, or configure another path", inner: inner);

    // .NET has no chown; chgrp is on every system of ours.
    private static void ChangeGroup(string path, string group)
    {
        if (group.Length == 0)
        {
            return;
        }
        try
        {
            using var chgrp = Process.Start(new ProcessStartInfo("chgrp", ["--", group, path]) { RedirectStandardError = true })!;
            if (!chgrp.WaitForExit(ChgrpLimit))
            {
                chgrp.Kill();
                throw new FaultException(FaultCode.FailedPrecondition, $"can't give unix://{path} to group \"{group}\": chgrp took longer than {ChgrpLimit.TotalSeconds} s");
            }
            if (chgrp.ExitCode != 0)
            {
                throw new FaultException(FaultCode.FailedPrecondition, $"can't give unix://{path} to group \"{group}\": {chgrp.StandardError.ReadToEnd().Trim()}");
            }
        }
        catch (Win32Exception e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"can't give unix://{path} to group \"{group}\": {e.Message}", inner: e);
        }
    }
}
