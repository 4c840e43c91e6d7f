namespace Qvmc.Qmp;

/// <summary>What a <see cref="QgaSession"/> throws, beside cancellation.</summary>
public abstract class QgaException : Exception
{
    private protected QgaException(string command, string message, Exception? inner = null)
        : base(message, inner) => Command = command;

    /// <summary>The command of the agent; empty when there was none yet.</summary>
    public string Command { get; }
}
