namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>A change of the host's rules, as <c>nft monitor</c> tells of it.</summary>
/// <param name="TouchesOurs">Something in a table of ours changed.</param>
/// <param name="Revisions">What it put into our set "revision".</param>
/// <param name="By">Whose it is, as the kernel says: <c>process 123 (nft)</c>.</param>
internal sealed record NftTransaction(bool TouchesOurs, IReadOnlyList<uint> Revisions, string By);
