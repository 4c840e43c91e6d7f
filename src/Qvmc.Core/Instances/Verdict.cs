namespace Qvmc.Core.Instances;

/// <summary>What becomes of a command.</summary>
public enum Verdict
{
    /// <summary>It is carried out.</summary>
    Accept,

    /// <summary>It is or is about to be so already.</summary>
    AlreadySo,

    /// <summary>It is not possible in the present state.</summary>
    Refuse,
}
