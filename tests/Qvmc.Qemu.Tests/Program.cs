using Qvmc.Qemu.Tests.Exports;
using Qvmc.Qemu.Tests.Machines;

// What a test needs a process of its own for.
await (args[0] switch
{
    "export" => FullDiskProgram.RunAsync(args[1], args[2]),
    "guest" => FullGuestProgram.RunAsync(args[1], args[2]),
    _ => throw new ArgumentException($"there is no program {args[0]}"),
});
