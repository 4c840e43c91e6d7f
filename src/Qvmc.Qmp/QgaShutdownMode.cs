namespace Qvmc.Qmp;

/// <summary>What the guest is to do.</summary>
public enum QgaShutdownMode
{
    /// <summary>Shut down and switch off.</summary>
    Powerdown,

    /// <summary>Shut down and stay on.</summary>
    Halt,

    /// <summary>Shut down and start again.</summary>
    Reboot,
}
