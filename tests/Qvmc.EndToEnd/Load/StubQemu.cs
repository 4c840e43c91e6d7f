using System.Runtime.CompilerServices;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd.Load;

/// <summary>What stands for QEMU where there are thousands of it, compiled of stub-qemu.c.</summary>
public static class StubQemu
{
    /// <summary>Compiles it into a directory; its path.</summary>
    public static string Build(string directory)
    {
        var program = Path.Combine(directory, "stub-qemu");
        var code = Path.Combine(Path.GetDirectoryName(Here())!, "stub-qemu.c");
        CommandResult.RunAsync("clang", "-O2", "-Wall", "-Werror", "-static", "-o", program, code).GetAwaiter().GetResult().Expect();
        return program;
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
