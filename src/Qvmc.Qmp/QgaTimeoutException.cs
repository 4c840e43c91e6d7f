namespace Qvmc.Qmp;

/// <summary>The agent did not answer in time. The session goes on; the next command gets into step first.</summary>
public sealed class QgaTimeoutException : QgaException
{
    internal QgaTimeoutException(string command, TimeSpan limit, bool wasSent, string message)
        : base(command, message)
    {
        Limit = limit;
        WasSent = wasSent;
    }

    /// <summary>The time it had.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Whether the agent may have received it, and so may still do it.</summary>
    public bool WasSent { get; }

    internal static QgaTimeoutException OfCommand(string command, TimeSpan limit, bool wasSent) => new(command, limit, wasSent, wasSent
        ? $"guest agent command {command} had no reply within {limit.TotalSeconds:0.###} s; it was sent and may still take effect"
        : $"the guest agent did not answer within {limit.TotalSeconds:0.###} s; {command} was not sent (is the agent installed and running?)");

    internal static QgaTimeoutException OfProgram(string path, long pid, TimeSpan limit) => new("guest-exec-status", limit, wasSent: true,
        $"program {path} had not ended within {limit.TotalSeconds:0.###} s; it runs on in the guest as process {pid}");
}
