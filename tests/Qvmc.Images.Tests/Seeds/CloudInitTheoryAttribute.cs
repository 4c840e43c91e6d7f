namespace Qvmc.Images.Tests.Seeds;

/// <summary>A theory that needs Debian's cloud-init, which scripts/deps.sh installs with the group "test".</summary>
internal sealed class CloudInitTheoryAttribute : TheoryAttribute
{
    public CloudInitTheoryAttribute() => Skip = GuestView.Missing;
}
