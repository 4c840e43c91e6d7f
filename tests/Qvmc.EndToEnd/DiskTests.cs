using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>Disks and CDs of real guests: what the guest itself sees of them.</summary>
public sealed class DiskTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TheDiskGrowsWhileTheGuestRunsAndAgainAfterTheDaemonWasKilledInBetween()
    {
        (await LaunchAsync("grow")).Expect();
        Assert.Equal("grow: updated\n", (await cluster.QvmcAsync("update", "grow", "--disk", "100M")).Expect().Output);
        await SeesAsync("grow", "grep -qx 204800 /sys/block/vda/size");
        Assert.DoesNotContain("RESTART_REQUIRED", (await cluster.InfoAsync("grow")).GetRawText(), StringComparison.Ordinal);
        (await cluster.QvmcAsync("update", "grow", "--disk", "64M")).Expect(2);

        // QEMU has the command, and the daemon dies before it hears what came of it.
        var qemu = (await cluster.InfoAsync("grow")).GetProperty("status").GetProperty("pid").GetInt32();
        await SignalAsync("STOP", qemu);
        var update = cluster.QvmcAsync("update", "grow", "--disk", "120M");
        var uid = (await cluster.InfoAsync("grow")).GetProperty("uid").GetString();
        var record = Path.Combine(cluster.Root, "qemu", "machines", uid!, "machine.json");
        await UntilAsync(() => JsonElement.Parse(File.ReadAllText(record)).GetProperty("order").GetProperty("spec").GetProperty("diskMib").GetInt32() == 120);
        await cluster.Qemu.KillAsync();
        await SignalAsync("CONT", qemu);
        await cluster.Qemu.StartAsync();
        (await update).Expect();
        (await cluster.QvmcAsync("wait", "grow", "--for", "ready")).Expect();
        await SeesAsync("grow", "grep -qx 245760 /sys/block/vda/size");
        Assert.Equal(qemu, (await cluster.InfoAsync("grow")).GetProperty("status").GetProperty("pid").GetInt32());
        Assert.Equal(120, JsonElement.Parse(File.ReadAllText(record)).GetProperty("run").GetProperty("spec").GetProperty("diskMib").GetInt32());
        (await cluster.QvmcAsync("delete", "grow", "--force")).Expect();
    }

    [Fact]
    public async Task DataDisksComeGoAndGrowWhileTheGuestRuns()
    {
        (await LaunchAsync("data", "--data-disk", "logs=16M")).Expect();
        await SeesAsync("data", "[ -b /dev/sda ]");
        await GuestAsync("data", "grep -q logs /sys/block/sda/device/vpd_pg80 && grep -qx 32768 /sys/block/sda/size");
        Assert.Equal("data: disk data1 is added (8 MiB)\n", (await cluster.QvmcAsync("disk", "add", "data", "8M")).Expect().Output);
        await SeesAsync("data", "[ -b /dev/sdb ]");
        await GuestAsync("data", "grep -q data1 /sys/block/sdb/device/vpd_pg80 && echo kept | dd of=/dev/sdb conv=notrunc 2>/dev/null && sync");
        (await cluster.QvmcAsync("disk", "resize", "data", "data1", "24M")).Expect();
        await SeesAsync("data", "grep -qx 49152 /sys/block/sdb/size");

        // A guest that holds it keeps nobody waiting.
        await GuestAsync("data", "(sleep 1000 </dev/sdb >/dev/null 2>&1 &)");
        Assert.Equal("data: disk data1 is detached\n", (await cluster.QvmcAsync("disk", "detach", "data", "data1")).Expect().Output);
        await SeesAsync("data", "[ -z \"$(grep -l data1 /sys/block/sd*/device/vpd_pg80 2>/dev/null)\" ]");
        (await cluster.QvmcAsync("disk", "attach", "data", "data1")).Expect();
        await SeesAsync("data", "disk=$(grep -l data1 /sys/block/sd*/device/vpd_pg80 2>/dev/null | cut -d / -f 4) && [ \"$(head -c 4 /dev/$disk)\" = kept ]");

        // All of it is still so after a restart.
        (await cluster.QvmcAsync("restart", "data")).Expect();
        await SeesAsync("data", "disk=$(grep -l data1 /sys/block/sd*/device/vpd_pg80 2>/dev/null | cut -d / -f 4) && [ \"$(head -c 4 /dev/$disk)\" = kept ]");
        (await cluster.QvmcAsync("disk", "remove", "data", "data1")).Expect(4);
        (await cluster.QvmcAsync("disk", "remove", "data", "data1", "--force")).Expect();
        Assert.Equal(["data-logs.1.qcow2"], DataFiles((await cluster.InfoAsync("data")).GetProperty("uid").GetString()!));
        (await cluster.QvmcAsync("disk", "add", "data", "data1=8M")).Expect();
        await SeesAsync("data", "disk=$(grep -l data1 /sys/block/sd*/device/vpd_pg80 2>/dev/null | cut -d / -f 4) && [ \"$(head -c 4 /dev/$disk | tr -d '\\0')\" = '' ]");
        Assert.Contains("Data disk:  logs, 16 MiB", (await cluster.QvmcAsync("info", "data")).Expect().Output, StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "data", "--force")).Expect();
    }

    [Fact]
    public async Task CdsComeAndGoAndAnEmptyDiskIsInstalledFromThem()
    {
        var iso = await MakeIsoAsync("hello from a CD");
        (await cluster.QvmcAsync("image", "import", "disc", iso)).Expect();
        (await LaunchAsync("reader")).Expect();
        Assert.Equal("reader: CD disc is attached\n", (await cluster.QvmcAsync("cdrom", "attach", "reader", "disc")).Expect().Output);
        await SeesAsync("reader", "[ -b /dev/sr0 ] && mkdir -p /tmp/cd && mount -t iso9660 -o ro /dev/sr0 /tmp/cd");
        Assert.Equal("hello from a CD\n", (await cluster.QvmcAsync("exec", "reader", "--", "cat", "/tmp/cd/README.TXT")).Expect().Output);
        (await cluster.QvmcAsync("image", "delete", "disc")).Expect(4);
        (await cluster.QvmcAsync("cdrom", "detach", "reader", "disc")).Expect();
        await SeesAsync("reader", "[ ! -e /sys/block/sr0 ]");
        (await cluster.QvmcAsync("launch", "wrong", "--image", "disc")).Expect(2);
        (await cluster.QvmcAsync("cdrom", "attach", "reader", "tiny")).Expect(2);

        // Nothing on the disk: the firmware goes on to the CD, which says so on the serial port.
        (await cluster.QvmcAsync("launch", "install", "--cdrom", "disc", "--disk", "20M", "--memory", "64M")).Expect();
        await UntilAsync(async () => (await cluster.QvmcAsync("console", "install")).Output.Contains("CD BOOTED", StringComparison.Ordinal));
        (await cluster.QvmcAsync("delete", "reader", "install", "--force")).Expect();
        (await cluster.QvmcAsync("image", "delete", "disc")).Expect();
    }

    [Fact]
    public async Task AnExportStandsAloneAndStartsAsAnImage()
    {
        (await LaunchAsync("source")).Expect();
        await GuestAsync("source", "echo exported > /data/note && sync");
        var file = Path.Combine(cluster.Root, "exported.qcow2");
        (await cluster.QvmcAsync("export", "source", file)).Expect(4);
        (await cluster.QvmcAsync("stop", "source")).Expect();
        (await cluster.QvmcAsync("export", "source", file, "--compress")).Expect();
        (await cluster.QvmcAsync("export", "source", file)).Expect(4);
        (await cluster.QvmcAsync("image", "import", "exported", file)).Expect();
        (await cluster.QvmcAsync("launch", "copy", "--image", "exported", "--memory", "128M")).Expect();
        Assert.Equal("exported\n", (await cluster.QvmcAsync("exec", "copy", "--", "cat", "/data/note")).Expect().Output);

        using var http = new HttpClient { Timeout = Limit };
        var raw = await http.GetByteArrayAsync($"{cluster.HttpAddress}/v1/instances/source/disk?format=IMAGE_FORMAT_RAW");
        Assert.Equal(64 << 20, raw.Length);
        Assert.Equal("exported\n"u8.ToArray(), raw.AsSpan(raw.AsSpan().IndexOf("exported\n"u8), 9).ToArray());
        (await cluster.QvmcAsync("delete", "source", "copy", "--force")).Expect();
        (await cluster.QvmcAsync("image", "delete", "exported")).Expect();
        File.Delete(file);
    }

    [Fact]
    public async Task AnExportWhoseDaemonIsKilledLeavesNothingAndTheMachineStarts()
    {
        (await cluster.QvmcAsync("launch", "cut", "--image", "tiny", "--memory", "128M", "--disk", "600M", "--no-start")).Expect();
        (await cluster.QvmcAsync("export", "cut", Path.Combine(cluster.Root, "first.qcow2"))).Expect();
        File.Delete(Path.Combine(cluster.Root, "first.qcow2"));
        var uid = (await cluster.InfoAsync("cut")).GetProperty("uid").GetString()!;
        var disk = Path.Combine(cluster.Root, "qemu", "machines", uid, "disk.qcow2");
        using (var write = Process.Start(new ProcessStartInfo("qemu-io", ["-f", "qcow2", "-c", "write -P 0x5a 64M 500M", disk]) { RedirectStandardOutput = true })!)
        {
            await write.StandardOutput.ReadToEndAsync();
            await write.WaitForExitAsync();
            Assert.Equal(0, write.ExitCode);
        }

        var target = Path.Combine(cluster.Root, "cut.qcow2");
        var export = cluster.QvmcAsync("export", "cut", target, "--compress");
        await UntilAsync(() => QemuImgs(disk).Count > 0);
        await cluster.Qemu.KillAsync();
        Assert.NotEqual(0, (await export).ExitCode);
        Assert.Empty(Directory.GetFiles(cluster.Root, "cut.qcow2*"));
        await UntilAsync(() => QemuImgs(disk).Count == 0);
        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("start", "cut")).Expect();
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(disk)!), f => Path.GetFileName(f).StartsWith(".export-", StringComparison.Ordinal));
        (await cluster.QvmcAsync("delete", "cut", "--force")).Expect();
    }

    private Task<CommandResult> LaunchAsync(string name, params string[] more) =>
        cluster.QvmcAsync(["launch", name, "--image", "tiny", "--memory", "128M", .. more]);

    private async Task GuestAsync(string name, string script) => (await cluster.QvmcAsync("exec", name, "--", "sh", "-c", script)).Expect();

    // In the guest devices come and go in their own time, and nothing tells of it.
    private Task SeesAsync(string name, string condition) =>
        GuestAsync(name, $"tries=0; until {condition}; do tries=$((tries + 1)); [ $tries -lt 400 ] || exit 1; usleep 100000; done");

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private IEnumerable<string> DataFiles(string uid) =>
        Directory.GetFiles(Path.Combine(cluster.Root, "qemu", "machines", uid), "data-*").Select(f => Path.GetFileName(f));

    private static async Task SignalAsync(string signal, int pid)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{pid}"]);
        await kill.WaitForExitAsync();
    }

    private static List<string> QemuImgs(string disk) =>
        [.. Directory.GetDirectories("/proc").Where(d => CommandLine(d) is var line && line.Contains("convert\0", StringComparison.Ordinal) && line.Contains(disk, StringComparison.Ordinal))];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>A CD with one file, and a boot sector that writes to the serial port and halts.</summary>
    private async Task<string> MakeIsoAsync(string text)
    {
        // xor ax,ax; mov ds,ax; mov si,msg; next: lodsb; test al,al; jz halt; mov dx,0x3f8; out dx,al; jmp next; halt: hlt; jmp halt
        byte[] code = [0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x15, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x06, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5, 0xf4, 0xeb, 0xfd];
        var sector = new byte[2048];
        code.CopyTo(sector, 0);
        Encoding.ASCII.GetBytes("CD BOOTED\r\n").CopyTo(sector, code.Length);
        var content = Directory.CreateDirectory(Path.Combine(cluster.Root, "disc")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(content, "boot.bin"), sector);
        await File.WriteAllTextAsync(Path.Combine(content, "README.TXT"), text + "\n");
        var iso = Path.Combine(cluster.Root, "disc.iso");
        using var xorriso = Process.Start(new ProcessStartInfo(
            "xorriso", ["-as", "mkisofs", "-quiet", "-V", "DISC", "-r", "-J", "-b", "boot.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-o", iso, content])
        {
            RedirectStandardError = true,
        })!;
        var said = await xorriso.StandardError.ReadToEndAsync();
        await xorriso.WaitForExitAsync();
        Assert.True(xorriso.ExitCode == 0, said);
        return iso;
    }
}
