namespace Qvmc.Qemu.Guest;

/// <summary>What was found of a file of the guest.</summary>
/// <param name="IsThere">There is something of that name.</param>
/// <param name="Bytes">What it holds; empty when it is not there or can't be read.</param>
/// <param name="Trouble">Why it can't be read, in the guest's words; null when it can, or is not there.</param>
internal sealed record GuestFile(bool IsThere, byte[] Bytes, string? Trouble)
{
    internal static GuestFile Missing { get; } = new(false, [], null);

    internal static GuestFile Of(byte[] bytes) => new(true, bytes, null);

    /// <summary>A directory is like this too.</summary>
    internal static GuestFile Unreadable(string trouble) => new(true, [], trouble);
}
