using System.Runtime.CompilerServices;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>What is tested: the native binary and the tiny guest, as <c>make</c> and <c>make image</c> build them.</summary>
public static class Binaries
{
    private static readonly string Build = Path.Combine(Root(), "build");

    public static string Qvmc { get; } = Need(Environment.GetEnvironmentVariable("QVMC_BINARY") ?? Path.Combine(Build, "qvmc"), "make");

    public static string TinyImage { get; } = Need(Environment.GetEnvironmentVariable("QVMC_TINY_IMAGE") ?? Path.Combine(Build, "tiny.qcow2"), "make image");

    private static string Need(string path, string how) =>
        File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there: run \"{how}\" first");

    private static string Root([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
