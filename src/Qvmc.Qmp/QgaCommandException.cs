namespace Qvmc.Qmp;

/// <summary>The agent refused a command, or it failed there. The session goes on.</summary>
public sealed class QgaCommandException : QgaException
{
    internal QgaCommandException(string command, string errorClass, string description)
        : base(command, $"guest agent command {command} failed: {description} ({errorClass})")
    {
        ErrorClass = errorClass;
        Description = description;
    }

    /// <summary>The agent's class: mostly <c>GenericError</c> or <c>CommandNotFound</c>.</summary>
    public string ErrorClass { get; }

    /// <summary>The agent's words: whatever the guest likes to say.</summary>
    public string Description { get; }

    /// <summary>
    /// It was about a file that is not there. Told from the words (the agent gives no code), which are English: it sets no
    /// locale.
    /// </summary>
    public bool IsMissingFile => Description.EndsWith(": No such file or directory", StringComparison.Ordinal);
}
