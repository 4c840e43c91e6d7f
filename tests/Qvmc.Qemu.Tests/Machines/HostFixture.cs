using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A host in a directory of its own, on the real QEMU; its guests have an empty disk and stand still.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);
    private int _next;

    public string Root { get; init; } = Directory.CreateTempSubdirectory("qh-").FullName;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>How much room there is; null: as it is.</summary>
    public Func<string, DiskRoom>? RoomOf { get; set; }

    public string Digest { get; private set; } = "";

    public MachineHost Host { get; private set; } = null!;

    public MachineTable Table { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = MakeHost(new QemuSettings());
        using var disk = new MemoryStream(new byte[1 << 20]);
        Digest = (await Host.Images.AddAsync(disk, new ImageExpectation(ImageFormat.Raw), CancellationToken.None)).Digest;
        await BeginAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var machine in Host.Feed.Machines)
        {
            await Table.RemoveAsync(machine.Uid, force: true).WaitAsync(Limit);
        }

        await Table.EndAsync();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>A daemon that starts afresh on what is there.</summary>
    public async Task BeginAsync(QemuSettings? settings = null)
    {
        Host = MakeHost(settings ?? new QemuSettings());
        Table = new MachineTable(Host);
        await Table.StartAsync(CancellationToken.None);
    }

    /// <summary>The daemon ends and another starts.</summary>
    public async Task RestartAsync()
    {
        await Table.EndAsync().WaitAsync(Limit);
        await BeginAsync();
    }

    public MachineOrder Order(PowerState power = PowerState.Paused, uint boot = 1)
    {
        var uid = $"test{(char)('a' + (_next / 26))}{(char)('a' + (_next++ % 26))}abcdef";
        return new MachineOrder
        {
            Uid = uid,
            Name = "m-" + uid,
            Generation = 1,
            Boot = boot,
            ImageDigest = Digest,
            ImageFormat = "qcow2",
            Spec = new InstanceSpec { Image = "empty", Cpus = 1, MemoryMib = 32, DiskMib = 2, Power = power, Nics = { new Nic { Mac = "52:54:00:00:00:01" } } },
        };
    }

    /// <summary>Waits on the feed until the machine's status is as wanted.</summary>
    public async Task<InstanceStatus> WaitAsync(string uid, Func<InstanceStatus, bool> wanted, TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? Limit);
        InstanceStatus? last = null;
        try
        {
            await foreach (var change in Host.Feed.WatchAsync(limit.Token))
            {
                if (change.Machine?.Uid == uid)
                {
                    last = change.Machine.Status;
                    if (wanted(last))
                    {
                        return last;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        throw new TimeoutException($"the machine is {last}");
    }

    public Task<InstanceStatus> WaitAsync(string uid, State state) => WaitAsync(uid, s => s.State == state);

    private MachineHost MakeHost(QemuSettings settings)
    {
        settings.StateDirectory = Root;
        settings.ImageDirectory = Path.Combine(Root, "images");
        var qemuImg = new QemuImg("qemu-img");
        return new MachineHost
        {
            Settings = settings,
            NodeName = "here",
            Probe = new HostProbe(settings),
            Accelerator = new AcceleratorChoice(Accelerator.Tcg, "a test"),
            Networks = new NetworkTable([]),
            Images = new ImageStore(settings.ImageDirectory, qemuImg, NullLogger.Instance),
            QemuImg = qemuImg,
            Feed = new MachineFeed(),
            Slots = new SemaphoreSlim(4),
            Logs = NullLoggerFactory.Instance,
            Time = Time,
            RoomOf = directory => RoomOf?.Invoke(directory) ?? DiskRoom.Of(directory),
        };
    }
}
