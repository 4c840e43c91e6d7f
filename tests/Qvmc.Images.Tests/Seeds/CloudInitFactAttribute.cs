namespace Qvmc.Images.Tests.Seeds;

/// <summary>A fact that needs Debian's cloud-init, which scripts/deps.sh installs with the group "test".</summary>
internal sealed class CloudInitFactAttribute : FactAttribute
{
    public CloudInitFactAttribute() => Skip = GuestView.Missing;
}
