namespace Qvmc.Faults.Model;

/// <summary>What is known to be wanted of a machine, by the answers that its clients got.</summary>
/// <param name="Exists">It was launched and not deleted; null: a call for that was not answered, or two crossed.</param>
/// <param name="Up">It was started last; null: nobody knows, for the same reasons, or for its QEMU was killed.</param>
public sealed record Wish(bool? Exists, bool? Up)
{
    /// <summary>No such machine.</summary>
    public static readonly Wish Nothing = new(false, false);
}
