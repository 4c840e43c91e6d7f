namespace Qvmc.Core.CloudInit;

/// <summary>Bounds of what cloud-init is told. The proto states them to users.</summary>
public static class CloudInitLimits
{
    /// <summary>Largest user-data in UTF-8 bytes.</summary>
    public const int MaxUserDataBytes = 512 << 10;

    /// <summary>Largest network configuration in UTF-8 bytes.</summary>
    public const int MaxNetworkConfigBytes = 64 << 10;

    /// <summary>Most public keys.</summary>
    public const int MaxSshKeys = 64;

    /// <summary>Longest public key in characters: an RSA key of 16384 bits takes a quarter of it.</summary>
    public const int MaxSshKeyLength = 12 << 10;

    /// <summary>Longest host name in characters, RFC 1035.</summary>
    public const int MaxHostname = 253;

    /// <summary>Longest time zone in characters: twice the longest that there is.</summary>
    public const int MaxTimezone = 64;

    /// <summary>Most packages.</summary>
    public const int MaxPackages = 256;

    /// <summary>Longest package in characters, with its version.</summary>
    public const int MaxPackageLength = 128;
}
