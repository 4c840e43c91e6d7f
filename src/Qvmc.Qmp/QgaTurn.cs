namespace Qvmc.Qmp;

/// <summary>One caller's time with the agent.</summary>
internal sealed class QgaTurn(string command, CancellationToken cancellation)
{
    public string Command { get; } = command;

    /// <summary>Its limit, its caller and the session's end in one.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Set before the command's first byte is written: from then on the agent may have it.</summary>
    public bool WasSent { get; set; }
}
