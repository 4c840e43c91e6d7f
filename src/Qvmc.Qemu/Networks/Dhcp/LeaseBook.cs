using System.Net;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>What dnsmasq has given, as its lease file says.</summary>
internal sealed class LeaseBook(DhcpPaths paths)
{
    private volatile LeaseText _text = LeaseText.Empty;
    private IReadOnlySet<(IPAddress Address, string Holder, string Client)> _dropped = new HashSet<(IPAddress, string, string)>();

    /// <summary>As last read.</summary>
    internal LeaseText Text => _text;

    /// <summary>The file was read anew.</summary>
    internal event Action? Read;

    /// <summary>Reads the file; without one what was known stays: dnsmasq knows it still.</summary>
    internal void Look()
    {
        if (WholeFile.Read(paths.Leases) is { } text)
        {
            _text = LeaseText.Parse(text);
        }

        Read?.Invoke();
    }

    /// <summary>Knows of these no more: what is left is what the next <see cref="Write"/> begins with.</summary>
    internal void Drop(IReadOnlySet<(IPAddress Address, string Holder, string Client)> leases) => _dropped = leases;

    /// <summary>Knows of none.</summary>
    internal void Forget() => _text = LeaseText.Empty;

    /// <summary>
    /// Writes the file for a dnsmasq that is about to start: the leases that <paramref name="isKept"/> says, under the given
    /// server's id, for clients ask the server by it that they have their lease from.
    /// </summary>
    internal void Write(string serverId, Func<LeaseLine, bool> isKept)
    {
        Look();
        LeaseLine[] kept = [.. _text.Lines.Where(l => isKept(l) && !_dropped.Contains((l.Address, l.Holder, l.Client)))];
        _dropped = new HashSet<(IPAddress, string, string)>();
        var lines = kept.Where(l => !l.IsIpv6).Select(l => l.Raw).Append($"duid {serverId}").Concat(kept.Where(l => l.IsIpv6).Select(l => l.Raw));
        WholeFile.Write(paths.Leases, string.Join('\n', lines) + "\n");
        Look();
    }

    /// <summary>Waits until what it says is so.</summary>
    /// <returns>False: it was not so within the limit.</returns>
    internal async Task<bool> WaitAsync(Func<LeaseText, bool> isSo, TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        var so = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Check()
        {
            if (isSo(_text))
            {
                so.TrySetResult();
            }
        }

        Read += Check;
        try
        {
            Look();
            await so.Task.WaitAsync(limit, time, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            Read -= Check;
        }
    }
}
