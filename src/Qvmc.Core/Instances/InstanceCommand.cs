namespace Qvmc.Core.Instances;

/// <summary>What a user can ask of an instance that exists.</summary>
public enum InstanceCommand
{
    /// <summary>Want it running.</summary>
    Start,

    /// <summary>Want it stopped.</summary>
    Stop,

    /// <summary>Want a new run.</summary>
    Restart,

    /// <summary>Want the guest's processors to stand still.</summary>
    Pause,

    /// <summary>Want a guest that stands still to go on.</summary>
    Resume,

    /// <summary>Want other settings.</summary>
    Update,

    /// <summary>Want it gone.</summary>
    Delete,
}
