using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Qvmc.Core.Drills;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Faults.Scenarios;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Faults.Harness;

/// <summary>
/// The daemons, each ready to fail wherever it is told to; a machine that stands by through all of it and must not notice;
/// and the client's calls, made in this process.
/// </summary>
public class FaultCluster : TestCluster
{
    /// <summary>Guards against hanging, and nothing else.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>The machine that stands by, and the image that is always there.</summary>
    public const string Bystander = "bystander", BaseImage = "base";

    private GrpcChannel? _channel;
    private int _bystanderPid;

    public FaultCluster()
        : this("")
    {
    }

    /// <summary>With further members of the settings of the host's daemon, each followed by a comma.</summary>
    protected FaultCluster(string qemuSettings)
        : base($"\"stop_grace\": \"1s\", \"parallelism\": 4, {qemuSettings}")
    {
    }

    public Drill QemuDrill { get; private set; } = null!;

    public Drill ControllerDrill { get; private set; } = null!;

    public ControllerService.ControllerServiceClient Client { get; private set; } = null!;

    public ImageService.ImageServiceClient Images { get; private set; } = null!;

    public override Task InitializeAsync()
    {
        QemuDrill = Drilled(Qemu, "drill-qemu");
        ControllerDrill = Drilled(Controller, "drill-controller");
        _channel = GrpcChannels.Create(new Endpoint { Address = $"unix://{Root}/controller.sock" });
        Client = new ControllerService.ControllerServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
        return base.InitializeAsync();
    }

    protected override async Task PrepareAsync()
    {
        await this.UploadAsync(BaseImage, RawDisk.Of(1));
        var launch = LaunchRequests.Of(Bystander, BaseImage);
        launch.Wait = WaitCondition.Running;
        _bystanderPid = (await Client.LaunchAsync(launch, Within())).Instance.Status.Pid;
    }

    public override async Task DisposeAsync()
    {
        ControllerDrill.Disarm();
        QemuDrill.Disarm();
        await base.DisposeAsync();
        _channel?.Dispose();
    }

    /// <summary>The process of the machine that stands by.</summary>
    public IReadOnlyList<int> BystanderPids => [_bystanderPid];

    /// <summary>Options of a call that ends in any case.</summary>
    public static CallOptions Within() => new(deadline: DateTime.UtcNow + Limit);

    public Drill DrillOf(FaultStep step) => IsOfHost(step) ? QemuDrill : ControllerDrill;

    public DaemonProcess DaemonOf(FaultStep step) => IsOfHost(step) ? Qemu : Controller;

    public static bool IsOfHost(FaultStep step) => step >= FaultStep.RecordWritten;

    /// <summary>The machine that stands by has noticed nothing.</summary>
    public void CheckBystander(Protos.Instance.V1.Instance seen)
    {
        Assert.Equal(_bystanderPid, seen.Status.Pid);
        using var process = Process.GetProcessById(_bystanderPid);
        Assert.False(process.HasExited);
    }

    /// <summary>What the host's network must be, with these instances.</summary>
    public virtual Task CheckNetworksAsync(IReadOnlyList<Protos.Instance.V1.Instance> instances) => Task.CompletedTask;

    /// <summary>How the host's daemon is started.</summary>
    protected virtual ProcessStartInfo HostCommand(string[] command) => new(command[0], command[1..]);

    /// <summary>Kills a daemon and starts it again.</summary>
    public static Task BounceAsync(DaemonProcess daemon) => daemon.BounceAsync();

    /// <summary>The machine whose process this is; empty: it has just ended.</summary>
    public string UidOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split($"{Root}/qemu/machines/") is [_, var after, ..] ? after.Split('/')[0] : "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Puts things in order after a drill that failed its test, as far as they can be.</summary>
    public async Task RecoverAsync(Scenario scenario)
    {
        await RecoverAsync();
        try
        {
            await scenario.CleanAsync();
        }
        catch (RpcException)
        {
            // What is left of it, the next test says.
        }
    }

    /// <summary>Daemons that are in order, whatever they were.</summary>
    public async Task RecoverAsync()
    {
        foreach (var (drill, daemon) in new[] { (QemuDrill, Qemu), (ControllerDrill, Controller) })
        {
            drill.Disarm();
            try
            {
                await daemon.KillAsync();
            }
            catch (Exception e) when (e is InvalidOperationException or NullReferenceException)
            {
                // Already ended.
            }

            await daemon.StartAsync();
        }
    }

    /// <summary>Kills a machine's QEMU, if it is still there, and waits for its end.</summary>
    public static async Task KillQemuAsync(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (ArgumentException)
        {
            // It has just ended.
        }
    }

    private Drill Drilled(DaemonProcess daemon, string name)
    {
        var drill = new Drill(Path.Combine(Root, name));
        daemon.Starter = command =>
        {
            // In front of it: whoever stands between may keep the environment to himself.
            string[] drilled = ["/usr/bin/env", $"{FaultPoint.Variable}={drill.Directory}", .. command];
            return daemon == Qemu ? HostCommand(drilled) : new ProcessStartInfo(drilled[0], drilled[1..]);
        };
        return drill;
    }
}
