using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu;

/// <summary>What the configuration of <c>qvmc qemu</c> must be like, beyond its shape.</summary>
public static class QemuSettingsRules
{
    /// <summary>Every fault.</summary>
    public static IReadOnlyList<FieldFault> Check(QemuSettings settings)
    {
        List<FieldFault> faults =
        [
            .. EndpointRules.Check(settings.Listen, "listen", EndpointUse.Listen),
            .. DaemonLog.Check(settings.Log, "log"),
            .. settings.Metrics is null ? [] : EndpointRules.Check(settings.Metrics, "metrics", EndpointUse.Listen),
        ];
        Directory(settings.StateDirectory, "state_directory", required: true);
        Directory(settings.RunDirectory, "run_directory", required: false);
        Directory(settings.ImageDirectory, "image_directory", required: true);
        var run = settings.RunDirectory.Length > 0 ? settings.RunDirectory : settings.StateDirectory + "/run";
        var socket = System.Text.Encoding.UTF8.GetByteCount(run) + MachinePaths.SocketPathTail;
        Add(socket <= MachinePaths.LongestSocketPath, "run_directory", $"\"{run}\" is too long: the machines' sockets in it would have paths of {socket} bytes, and {MachinePaths.LongestSocketPath} are allowed");
        if (settings.NodeName.Length > 0 && InstanceName.Check(settings.NodeName, "node_name") is { } badNode)
        {
            faults.Add(badNode);
        }

        Add(settings.Accelerator is Accelerator.Unspecified or Accelerator.Auto or Accelerator.Kvm or Accelerator.Hvf or Accelerator.Tcg, "accelerator", "is none of AUTO, KVM, HVF, TCG");
        Add(settings.TcgCacheMib is 0 or (>= 16 and <= 2048), "tcg_cache_mib", $"{settings.TcgCacheMib} is not 16 to 2048 (or 0)");
        Add(settings.StopGrace is null || settings.StopGrace.ToTimeSpan() is { TotalSeconds: >= 0 and <= 3600 }, "stop_grace", $"{settings.StopGrace?.Seconds} s is not 0 s to 3600 s");
        Add(settings.ConsoleKib is 0 or (>= 16 and <= 65536), "console_kib", $"{settings.ConsoleKib} is not 16 to 65536 (or 0)");
        Add(settings.Parallelism <= 1024, "parallelism", $"{settings.Parallelism} is over 1024");
        faults.AddRange(ConcurrentCalls.Check(settings.MaxCalls, "max_calls") is { } badCalls ? [badCalls] : []);
        faults.AddRange(NetworkSettingsRules.Check(settings.Networks, NetworkSettingsRules.Powers));
        return faults;

        void Directory(string path, string field, bool required)
        {
            Add(path.Length > 0 || !required, field, "is missing: name a directory");
            Add(path.Length == 0 || path.StartsWith('/'), field, $"\"{path}\" is not an absolute path");
        }

        void Add(bool holds, string field, string message)
        {
            if (!holds)
            {
                faults.Add(new FieldFault(field, message));
            }
        }
    }
}
