using SharpFuzz;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>Puts counters of branches into the copies of our assemblies that lie beside this one.</summary>
internal static class Instrumentation
{
    private static readonly string[] s_assemblies = ["Core", "Qmp", "Images", "Hosting", "Gateway", "Qemu", "Controller"];

    public static void Run()
    {
        // It can be told in no other way to call back.
        Environment.SetEnvironmentVariable("SHARPFUZZ_ENABLE_ON_BRANCH_CALLBACK", "1");
        foreach (var name in s_assemblies)
        {
            var path = Path.Combine(AppContext.BaseDirectory, $"Qvmc.{name}.dll");
            try
            {
                Fuzzer.Instrument(path, _ => true, Options.Value);
            }
            catch (InstrumentationException e) when (e.Message.Contains("already", StringComparison.Ordinal))
            {
            }
        }
    }
}
