using System.Runtime.CompilerServices;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>What is tested: the native binary and the tiny guest, as <c>make</c> and <c>make image</c> build them.</summary>
public static class Binaries
{
    public static string Qvmc => Need("QVMC_BINARY", "qvmc", "make");

    public static string TinyImage => Need("QVMC_TINY_IMAGE", "tiny.qcow2", "make image");

    /// <summary>A file that the variable of the environment names, or that lies in build/.</summary>
    public static string Need(string variable, string name, string how)
    {
        var path = Environment.GetEnvironmentVariable(variable) ?? Path.Combine(Root(), "build", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there: run \"{how}\" first");
    }

    private static string Root([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
