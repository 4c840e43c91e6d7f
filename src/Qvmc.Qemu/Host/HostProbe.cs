using System.Diagnostics;
using System.Text.RegularExpressions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Host;

/// <summary>
/// Asks the QEMU binary what it is: its version, its newest versioned machine type, and where its files lie. The answer is
/// kept until the binary or its firmware changes, so an upgraded QEMU is noticed without a restart of the daemon.
/// </summary>
public sealed partial class HostProbe(QemuSettings settings)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _gate = new(1);
    private (string Path, DateTime Written, QemuBinary Binary)? _known;

    /// <summary>What guests are.</summary>
    public QemuTarget Target { get; } = QemuTarget.Of(settings);

    /// <summary>The QEMU that machines will be started with.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: there is none, or it does not run.</exception>
    public async Task<QemuBinary> GetAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var path = Find(settings.QemuBinary.Length > 0 ? settings.QemuBinary : Target.BinaryName);
            var written = File.GetLastWriteTimeUtc(path);
            if (_known is { } known && known.Path == path && known.Written == written && IsThere(known.Binary.Firmware))
            {
                return known.Binary;
            }

            var version = VersionPattern().Match(await RunAsync(path, ["--version"], ct));
            var machines = await RunAsync(path, ["-machine", "help"], ct);
            var family = Target.MachineFamily;
            var machine = Regex.Match(machines, $@"^{Regex.Escape(family)}\s.*\(alias of (?<type>\S+)\)", RegexOptions.Multiline);
            if (!version.Success || !machine.Success)
            {
                throw new FaultException(
                    FaultCode.FailedPrecondition,
                    $"{path} is not a QEMU that can be used here: it tells {(version.Success ? $"no machine type \"{family}\"" : "no version")}");
            }

            var machineType = machine.Groups["type"].Value;
            var firmware = Target.NeedsFirmware ? await FindFirmwareAsync(path, machineType, ct) : null;
            var binary = new QemuBinary(path, version.Groups[1].Value, machineType, firmware);
            _known = (path, written, binary);
            return binary;
        }
        finally
        {
            _gate.Release();
        }
    }

    private static bool IsThere(Firmware? firmware) => firmware is null || (File.Exists(firmware.Code) && File.Exists(firmware.Variables));

    private async Task<Firmware> FindFirmwareAsync(string path, string machineType, CancellationToken ct)
    {
        var directories = (await RunAsync(path, ["-L", "help"], ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return FirmwareSearch.Find(directories, Target, machineType) ?? throw new FaultException(
            FaultCode.FailedPrecondition,
            $"there is no UEFI firmware for {machineType}, without which no guest starts: neither a description of it in /usr/share/qemu/firmware nor its files in {string.Join(", ", directories)}; install it ({Target.Install})");
    }

    private string Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(name) ? name : throw Missing(name);
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin").Append("/usr/local/bin").Append("/opt/homebrew/bin").Append("/opt/local/bin");
        return folders.Where(f => f.StartsWith('/')).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists) ?? throw Missing(name);
    }

    private FaultException Missing(string name) => new(
        FaultCode.FailedPrecondition,
        $"QEMU was not found: there is no \"{name}\"; install it ({Target.Install}) or set qemu_binary in the configuration");

    private static async Task<string> RunAsync(string path, string[] arguments, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? output
                : throw new FaultException(FaultCode.FailedPrecondition, $"{path} {string.Join(' ', arguments)} failed: {(await errors).Trim()}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            process.Kill();
            throw new FaultException(FaultCode.FailedPrecondition, $"{path} {string.Join(' ', arguments)} did not answer within {Limit.TotalSeconds} s");
        }
    }

    [GeneratedRegex(@"version (\d+(?:\.\d+)+)")]
    private static partial Regex VersionPattern();
}
