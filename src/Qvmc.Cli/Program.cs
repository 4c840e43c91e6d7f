using Qvmc.Cli;
using Qvmc.Cli.Output;

// A client has ended before its garbage is worth collecting: so much is made before the first collection, which of a list of
// 1,000 is a quarter of its time. Daemons live longer. Where memory is that short it is not tried: the runtime crashes on it.
const long first = 64 << 20;
if (args is not ["qemu" or "controller" or "gateway" or "up", ..] && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 8 * first)
{
    GC.TryStartNoGCRegion(first);
}

using var terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(args, terminal);
