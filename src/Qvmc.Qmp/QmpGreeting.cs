using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>What QEMU says of itself at once (docs/interop/qmp-spec, "Server Greeting").</summary>
/// <param name="Version">QEMU's version: major, minor and micro (as <see cref="Version.Build"/>).</param>
/// <param name="Package">What the packager calls it, e.g. <c>Debian 1:7.2+dfsg-7</c>; may be empty.</param>
/// <param name="Capabilities">What may be negotiated. None of it is: the session needs nothing beyond the baseline.</param>
public sealed record QmpGreeting(Version Version, string Package, IReadOnlyList<string> Capabilities)
{
    /// <summary>Reads the value of the member "QMP"; null when it has another shape.</summary>
    internal static QmpGreeting? From(JsonElement element)
    {
        if (element.Property("version", JsonValueKind.Object) is not { } version
            || version.Property("qemu", JsonValueKind.Object) is not { } qemu
            || Number(qemu, "major") is not { } major
            || Number(qemu, "minor") is not { } minor
            || Number(qemu, "micro") is not { } micro
            || element.Property("capabilities", JsonValueKind.Array) is not { } capabilities)
        {
            return null;
        }
        return new QmpGreeting(
            new Version(major, minor, micro),
            version.Property("package", JsonValueKind.String)?.GetString() ?? "",
            [.. capabilities.EnumerateArray().Where(c => c.ValueKind == JsonValueKind.String).Select(c => c.GetString()!)]);
    }

    private static int? Number(JsonElement element, string name) =>
        element.Property(name, JsonValueKind.Number) is { } n && n.TryGetInt32(out var value) && value >= 0 ? value : null;
}
