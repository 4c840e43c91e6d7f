namespace Qvmc.Qmp;

/// <summary>QEMU refused a command, or it failed there. The session goes on.</summary>
public sealed class QmpCommandException : QmpException
{
    internal QmpCommandException(string command, string errorClass, string description)
        : base($"QMP command {command} failed: {description} ({errorClass})")
    {
        Command = command;
        ErrorClass = errorClass;
        Description = description;
    }

    /// <summary>The command.</summary>
    public string Command { get; }

    /// <summary>
    /// QEMU's class: <c>GenericError</c>, <c>CommandNotFound</c>, <c>DeviceNotActive</c>, <c>DeviceNotFound</c>,
    /// <c>KVMMissingCap</c>.
    /// </summary>
    public string ErrorClass { get; }

    /// <summary>QEMU's words. Not for parsing: they change between versions.</summary>
    public string Description { get; }
}
