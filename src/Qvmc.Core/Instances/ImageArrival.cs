namespace Qvmc.Core.Instances;

/// <summary>Where an image is that an instance waits for.</summary>
public enum ImageArrival
{
    /// <summary>It is being pulled.</summary>
    Coming,

    /// <summary>It is here.</summary>
    Here,

    /// <summary>Its pull was given up.</summary>
    Failed,
}
