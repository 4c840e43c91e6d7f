namespace Qvmc.Core.Instances;

/// <summary>The next thing to do for an instance.</summary>
public enum PlanStep
{
    /// <summary>Its host has the latest order.</summary>
    Nothing,

    /// <summary>Send the host the order.</summary>
    Ensure,

    /// <summary>Tell the host to remove the machine.</summary>
    Remove,

    /// <summary>The machine is gone: delete the record.</summary>
    Forget,

    /// <summary>
    /// The host has seen a later generation than the record's, as after the store was put back from a backup: raise the
    /// record's above it, so that the host follows again.
    /// </summary>
    Overtake,

    /// <summary>The image that it waits for is here: complete the record with it.</summary>
    TakeImage,

    /// <summary>The networks of its host are known now: reserve the addresses that it lacks.</summary>
    ReserveAddresses,
}
