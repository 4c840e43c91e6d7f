namespace Qvmc.Qemu.Host;

/// <summary>Finds UEFI for guests: by what packages tell of it, and where they tell nothing, by the names that QEMU gives it.</summary>
internal static class FirmwareSearch
{
    // Those of a host come before those of packages, which come in the order of their files' names.
    private static readonly string[] Usual = ["/etc/qemu/firmware", "/usr/local/share/qemu/firmware", "/usr/share/qemu/firmware"];

    // As QEMU itself installs them; as Debian does.
    private static readonly (string Code, string Variables)[] Names =
    [
        ("edk2-aarch64-code.fd", "edk2-arm-vars.fd"),
        ("../AAVMF/AAVMF_CODE.fd", "../AAVMF/AAVMF_VARS.fd"),
    ];

    /// <summary>The firmware; null: there is none.</summary>
    /// <param name="dataDirectories">Where QEMU looks for its own files (-L help).</param>
    /// <param name="target">The guests.</param>
    /// <param name="machineType">Their versioned machine type.</param>
    internal static Firmware? Find(IReadOnlyList<string> dataDirectories, QemuTarget target, string machineType) =>
        Find(dataDirectories, Usual, target, machineType);

    /// <summary>The same, with other places than the usual ones.</summary>
    internal static Firmware? Find(IReadOnlyList<string> dataDirectories, IReadOnlyList<string> usual, QemuTarget target, string machineType) =>
        usual.Take(1).Concat(dataDirectories.Select(d => Path.Combine(d, "firmware"))).Concat(usual.Skip(1))
            .SelectMany(d => Described(d, target, machineType))
            .Concat(dataDirectories.SelectMany(d => Names.Select(n => new Firmware(Path.GetFullPath(n.Code, d), "raw", Path.GetFullPath(n.Variables, d), "raw"))))
            .FirstOrDefault(f => File.Exists(f.Code) && File.Exists(f.Variables));

    private static IEnumerable<Firmware> Described(string directory, QemuTarget target, string machineType)
    {
        try
        {
            return [.. (Directory.Exists(directory) ? Directory.GetFiles(directory, "*.json") : [])
                .OrderBy(Path.GetFileName, StringComparer.Ordinal)
                .Select(f => FirmwareDescriptor.Parse(File.ReadAllText(f), target.FirmwareArchitecture, machineType))
                .OfType<Firmware>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
