namespace Qvmc.Core.Instances;

/// <summary>Reasons of an instance's state and conditions that more than one part of the program knows.</summary>
public static class StatusReasons
{
    /// <summary>FAILED: its host has it no more.</summary>
    public const string MachineLost = "MachineLost";

    /// <summary>Not READY: the guest's agent does not answer.</summary>
    public const string AgentSilent = "AgentSilent";

    /// <summary>UNKNOWN, though its host can be reached: there is a process, and its monitor does not answer.</summary>
    public const string MonitorSilent = "MonitorSilent";
}
