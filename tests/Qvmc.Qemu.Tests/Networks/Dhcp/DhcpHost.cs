using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Os.Processes;
using Qvmc.Qemu.Networks.Dhcp;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

/// <summary>
/// A host with a bridge, in a namespace of its own, and services on it. Machines are namespaces with an interface each; what
/// dnsmasq asks upstream goes to another namespace, in which it finds a second dnsmasq.
/// </summary>
internal sealed class DhcpHost : IAsyncDisposable
{
    internal const string Bridge = "qv-lan";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<DhcpMachine> _machines = [];
    private readonly List<DhcpService> _services = [];
    private readonly List<Process> _background = [];
    private readonly string _scratch;

    private DhcpHost(TestNamespace space)
    {
        Space = space;
        _scratch = System.IO.Directory.CreateTempSubdirectory("qdhcp-").FullName;

        // dnsmasq's user has to pass.
        File.SetUnixFileMode(_scratch, (UnixFileMode)0b111_101_101);
        Directory = Path.Combine(_scratch, "lan");
        ResolvFile = Path.Combine(_scratch, "etc", "resolv.conf");
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(ResolvFile)!);
        File.WriteAllText(ResolvFile, "");
        Interfaces = Path.Combine(_scratch, "net");
        Options = new DhcpServiceOptions
        {
            Directory = Directory,
            Dnsmasq = space.Wrap("dnsmasq"),
            Release = space.Wrap("dhcp_release"),
            Release6 = space.Wrap("dhcp_release6"),
            ResolvFile = ResolvFile,
            InterfaceDirectory = Interfaces,
        };
    }

    internal TestNamespace Space { get; }

    /// <summary>The service's directory.</summary>
    internal string Directory { get; }

    internal string ResolvFile { get; }

    /// <summary>Stands for the kernel's list of interfaces, which a process outside the namespace does not see.</summary>
    internal string Interfaces { get; }

    internal DhcpServiceOptions Options { get; }

    internal static DhcpNetwork Network { get; } = new(
        "lan", Bridge, IPNetwork.Parse("10.80.0.0/24"), IPAddress.Parse("10.80.0.1"), IPNetwork.Parse("fd00:1:2:3::/64"), IPAddress.Parse("fd00:1:2:3::1"),
        Routed6: false, "lan.qvmc.internal", 1500, [], TimeSpan.FromHours(1));

    internal static async Task<DhcpHost> CreateAsync()
    {
        var host = new DhcpHost(await TestNamespace.CreateAsync());
        await host.Space.ShellAsync($"""
            ip link add {Bridge} type bridge
            ip address add 10.80.0.1/24 dev {Bridge}
            ip address add fd00:1:2:3::1/64 dev {Bridge} nodad
            ip link set {Bridge} up
            """);
        return host;
    }

    /// <summary>What is kept for machine N.</summary>
    internal static DhcpReservation Reservation(int number, string? name = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"uid{number}"), 1, name ?? string.Create(CultureInfo.InvariantCulture, $"web{number}"), Mac(number),
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.80.{number >> 8}.{number & 255}")),
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"fd00:1:2:3::{number:x}")));

    internal static string Mac(int number) => string.Create(CultureInfo.InvariantCulture, $"52:54:00:00:{number >> 8:x2}:{number & 255:x2}");

    /// <summary>A service that is disposed with the host.</summary>
    internal DhcpService Service(DhcpServiceOptions? options = null)
    {
        var service = new DhcpService(options ?? Options, TimeProvider.System, NullLogger<DhcpService>.Instance);
        _services.Add(service);
        return service;
    }

    /// <summary>One that serves <see cref="Network"/>.</summary>
    internal async Task<DhcpService> StartAsync(params DhcpReservation[] reservations)
    {
        var service = Service();
        await service.StartAsync(Network, reservations, CancellationToken.None);
        return service;
    }

    /// <summary>Machine N: a namespace on the bridge, with no address.</summary>
    internal async Task<DhcpMachine> AddMachineAsync(int number)
    {
        var machine = await DhcpMachine.CreateAsync(Space, number, Path.Combine(_scratch, string.Create(CultureInfo.InvariantCulture, $"m{number}")));
        _machines.Add(machine);
        return machine;
    }

    /// <summary>A name server of the world outside, at the address, that knows one name.</summary>
    internal async Task<TestNamespace> AddUpstreamAsync(string address, string name, string answer)
    {
        var outside = await TestNamespace.CreateAsync();
        _machines.Add(new DhcpMachine(outside, 0, _scratch));
        var link = string.Create(CultureInfo.InvariantCulture, $"up{_machines.Count}");
        var network = address[..address.LastIndexOf('.')];
        await Space.JoinAsync(link, $"{network}.1/24", outside, "eth0", $"{address}/24");
        var start = outside.Command(
            "dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--pid-file", "--log-facility=-", "--log-queries", "--no-resolv", "--no-hosts",
            "--bind-interfaces", $"--listen-address={address}", $"--address=/{name}/{answer}");
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        var process = Process.Start(start)!;
        _background.Add(process);
        while (await process.StandardError.ReadLineAsync().WaitAsync(Limit) is { } line && !line.Contains("started", StringComparison.Ordinal))
        {
        }

        return outside;
    }

    /// <summary>What the upstream servers have been asked so far, once they have been ended.</summary>
    internal async Task<string> EndUpstreamsAsync()
    {
        foreach (var process in _background)
        {
            process.Kill();
        }

        return string.Concat(await Task.WhenAll(_background.Select(p => p.StandardError.ReadToEndAsync()))).Replace("\r", "", StringComparison.Ordinal);
    }

    /// <summary>Kills dnsmasq, which no service supervises any more, and waits until it has let go of all that it had.</summary>
    internal async Task KillAsync()
    {
        // Only one that is a zombie, or gone, has closed its sockets.
        var pid = Assert.Single(await Space.PidsAsync());
        using var process = ProcessHandle.Open(ProcessIdentity.Of(pid)!.Value)!;
        process.Kill();
        await process.Exited.WaitAsync(Limit);
    }

    /// <summary>What the server says to a question from the host itself: answers by line, or the word of a refusal ("NXDOMAIN").</summary>
    internal Task<string> AskAsync(params string[] question) => AskAsync(Space, question);

    internal static async Task<string> AskAsync(TestNamespace from, params string[] question)
    {
        var answer = await from.RunAsync(["dig", "@10.80.0.1", "+tries=5", "+time=2", .. question]);
        var status = answer.Split("status: ")[1].Split(',')[0];
        var records = answer.Split('\n').Where(l => l.Length > 0 && l[0] != ';').Select(l => l.Split('\t', ' ')[^1]);
        return status == "NOERROR" ? string.Join(' ', records.Order(StringComparer.Ordinal)) : status;
    }

    /// <summary>Waits until it is so, looking again at each change of the service's files.</summary>
    internal async Task UntilAsync(Func<bool> isSo, string what)
    {
        var limit = Stopwatch.StartNew();
        using var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(_scratch) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        watcher.Changed += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        watcher.Deleted += (_, _) => changed.Release();
        while (!isSo())
        {
            // What is looked at need not be a file: so now and then without a change, too.
            await changed.WaitAsync(TimeSpan.FromMilliseconds(200));
            Assert.True(limit.Elapsed < Limit, $"not within {Limit.TotalSeconds} s: {what}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        foreach (var machine in _machines)
        {
            await machine.Space.DisposeAsync();
        }

        await Space.DisposeAsync();
        _background.ForEach(p => p.Dispose());
        System.IO.Directory.Delete(_scratch, recursive: true);
    }
}
