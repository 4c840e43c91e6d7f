using Qvmc.EndToEnd.Load;

namespace Qvmc.Faults.Harness;

/// <summary>The same with a stub in the place of QEMU, which is up in no time: for many stories.</summary>
public sealed class StubFaultCluster : FaultCluster
{
    private readonly string _programs;

    public StubFaultCluster()
        : this(Directory.CreateTempSubdirectory("qs-").FullName)
    {
    }

    private StubFaultCluster(string programs)
        : base($"\"qemu_binary\": \"{StubQemu.Build(programs)}\",") => _programs = programs;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_programs, recursive: true);
    }
}
