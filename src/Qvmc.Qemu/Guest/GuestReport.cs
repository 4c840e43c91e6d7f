using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Guest;

/// <summary>What the guest's agent said last.</summary>
/// <param name="Answers">It answers.</param>
/// <param name="Info">Who the guest is; null while it does not.</param>
/// <param name="Addresses">Its addresses, loopback and link-local ones left out.</param>
public sealed record GuestReport(bool Answers, GuestInfo? Info, IReadOnlyList<Address> Addresses)
{
    /// <summary>It has answered in this boot, even if it is silent now.</summary>
    public bool HasAnswered { get; init; } = Answers;

    /// <summary>What it said of the guest's cloud-init in this boot, even if it is silent now; null: nothing yet.</summary>
    public CloudInitReport? CloudInit { get; init; }

    /// <summary>Nothing was heard.</summary>
    public static GuestReport Silence { get; } = new(false, null, []);
}
