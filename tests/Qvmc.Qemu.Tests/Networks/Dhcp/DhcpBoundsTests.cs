using System.Diagnostics.Metrics;
using System.Globalization;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

/// <summary>What it may grow to, and what is measured of it.</summary>
public sealed class DhcpBoundsTests
{
    [DhcpFact]
    public async Task WhatItPrintsIsCutWhileADaemonIsThere()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        var log = Path.Combine(host.Directory, "dnsmasq.log");
        await using (var more = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            for (var i = 0; i < 1200; i++)
            {
                await more.WriteAsync(new byte[1024]);
            }
        }

        await host.UntilAsync(() => new FileInfo(log).Length < 1 << 20, "the log is cut");

        // Where it was cut dnsmasq goes on.
        await service.SetAsync([DhcpHost.Reservation(12)], [], CancellationToken.None);
        Assert.Equal("10.80.0.12", await host.AskAsync("web12.lan.qvmc.internal"));
        await host.UntilAsync(() => File.ReadAllText(log).Contains("reservations", StringComparison.Ordinal), "it prints on");
        Assert.True(new FileInfo(log).Length < 1 << 20);
    }

    [DhcpFact]
    public async Task ItIsMeasured()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = host.Service();
        var network = DhcpHost.Network with { Name = host.Space.Name };
        await service.StartAsync(network, [DhcpHost.Reservation(11)], CancellationToken.None);
        var machine = await host.AddMachineAsync(11);
        Assert.Equal("10.80.0.11", await machine.AddressAsync());
        await TestNamespace.SignalAsync("KILL", service.Describe().Pid);
        await host.UntilAsync(() => service.Describe() is { Pid: > 0, Restarts: 1, Leases: 1 }, "it runs again");
        Assert.Equal("leases 1, restarts 1, running 1", Measure());
        await service.StopAsync(CancellationToken.None);
        Assert.Equal("", Measure());

        string Measure()
        {
            var values = new SortedDictionary<string, long>(StringComparer.Ordinal);
            using var listener = new MeterListener { InstrumentPublished = (i, l) => { if (i.Meter.Name == "Qvmc.Dhcp") { l.EnableMeasurementEvents(i); } } };
            listener.SetMeasurementEventCallback<long>((i, value, tags, _) =>
            {
                if (tags[0].Key == "network" && (string?)tags[0].Value == network.Name)
                {
                    values[i.Name.Split('.')[^1]] = value;
                }
            });
            listener.Start();
            listener.RecordObservableInstruments();
            return string.Join(", ", values.Select(v => $"{v.Key} {v.Value}"));
        }
    }

    [DhcpFact]
    public async Task WhatItPrintsIsBoundedByTheKernelWhenNoDaemonIsThere()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        var pid = service.Describe().Pid;
        await service.DisposeAsync();
        var limit = (await File.ReadAllLinesAsync($"/proc/{pid}/limits")).Single(l => l.StartsWith("Max file size", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..5];
        var bytes = ((16 << 20) + (512 << 10)).ToString(CultureInfo.InvariantCulture);
        Assert.Equal([bytes, bytes], limit);

        // As if it had printed that much: it says more, can't, and lives.
        await using (var log = File.OpenWrite(Path.Combine(host.Directory, "dnsmasq.log")))
        {
            log.SetLength((16 << 20) + (512 << 10));
        }

        await TestNamespace.SignalAsync("HUP", pid);
        Assert.Equal("10.80.0.11", await host.AskAsync("web11.lan.qvmc.internal"));
        Assert.Equal([pid], await host.Space.PidsAsync());
    }
}
