namespace Qvmc.Qmp;

/// <summary>A command had no reply in time. The session goes on, and a late reply is dropped.</summary>
public sealed class QmpTimeoutException : QmpException
{
    internal QmpTimeoutException(string command, TimeSpan limit, bool wasSent)
        : base($"QMP command {command} had no reply within {limit.TotalSeconds:0.###} s; "
            + (wasSent ? "it was sent and may still take effect" : "it was not sent, because QEMU doesn't read its monitor"))
    {
        Command = command;
        Limit = limit;
        WasSent = wasSent;
    }

    /// <summary>The command.</summary>
    public string Command { get; }

    /// <summary>The time it had.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Whether QEMU may have received it, and so may still do it.</summary>
    public bool WasSent { get; }
}
