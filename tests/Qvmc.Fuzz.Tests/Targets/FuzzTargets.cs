using Qvmc.Fuzz.Tests.Engine;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>All there are.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new QmpReaderTarget(), new QmpSessionTarget(), new QgaTarget(), new CloudInitFilesTarget(), new ConsoleTarget(),
        new ImageHeaderTarget(), new ChecksumListTarget(), new CatalogueTarget(), new SeedTarget(), new UserDataTarget(),
        new SettingsTarget(), new TranscoderTarget(), new TusMetadataTarget(), new MultipartTarget(), new HeadersTarget(),
        new LeasesTarget(), new NamesTarget(), new ByteChannelTarget(),
    ];

    /// <summary>Where "make fuzz" and failing tests leave what they find.</summary>
    public static string Findings => Path.Combine(Root, "build", "fuzz");

    private static string Root { get; } = FindRoot();

    public static FuzzTarget Get(string name) => All.Single(target => target.Name == name);

    public static string DirectoryOf(string name) => Path.Combine(Root, "tests", "Qvmc.Fuzz.Tests", "corpus", name);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "qvmc.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is in no copy of the repository");
        }

        return directory;
    }
}
