using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Exports;
using Qvmc.Qemu.Tests.Machines;

namespace Qvmc.Qemu.Tests.Exports;

/// <summary>
/// Exports a disk on a small file system which is full before the export has come to its end: dotnet exec
/// Qvmc.Qemu.Tests.dll export DIRECTORY DISK. Prints the fault; how much room there is then, in MiB; which files are there
/// that were not before; and the length of what comes once there is room again.
/// </summary>
internal static class FullDiskProgram
{
    internal static async Task RunAsync(string directory, string source)
    {
        var host = new HostFixture { Root = directory };
        await host.InitializeAsync();
        var order = host.Order(PowerState.Stopped, boot: 0);
        order.Spec.DataDisks.Add(new DataDisk { Name = "full", SizeMib = 48, Generation = 1 });
        await host.Table.EnsureAsync(order.Clone());
        var paths = host.Host.PathsOf(order.Uid);
        File.Copy(source, paths.DataDisk(order.Spec.DataDisks[0]));
        var before = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        var crowd = Path.Combine(directory, "crowd");
        try
        {
            await ExportAsync(response => response.PartCase == ExportDiskResponse.PartOneofCase.Progress ? Crowd(crowd) : 0);
        }
        catch (FaultException e)
        {
            Console.WriteLine($"{e.Code} {e.Message}");
        }

        Console.WriteLine(new DriveInfo(directory).AvailableFreeSpace >> 20);
        Console.WriteLine(string.Join(' ', Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Except(before).Select(Path.GetFileName)));
        File.Delete(crowd);
        Console.WriteLine(await ExportAsync(response => response.Chunk.Length));
        await host.Table.EndAsync();

        async Task<long> ExportAsync(Func<ExportDiskResponse, long> take)
        {
            var request = new ExportDiskRequest { Uid = order.Uid, Disk = "full", Format = ImageFormat.Qcow2, Compress = true };
            var taken = 0L;
            await new DiskExporter(host.Host).SendAsync(host.Table.Get(order.Uid), request, Take, CancellationToken.None);
            return taken;

            Task Take(ExportDiskResponse response)
            {
                taken += take(response);
                return Task.CompletedTask;
            }
        }
    }

    // Takes all the room there is.
    private static long Crowd(string path)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        var piece = new byte[64 << 10];
        try
        {
            while (true)
            {
                RandomAccess.Write(file, piece, RandomAccess.GetLength(file));
            }
        }
        catch (IOException)
        {
            // Full.
            return 0;
        }
    }
}
