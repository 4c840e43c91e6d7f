using Grpc.Core;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

/// <summary><c>nic</c> and <c>forward</c>, and what launch and info say of interfaces.</summary>
public sealed class NicVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task An_interface_is_added_once_the_machine_has_it_and_its_address_is_told()
    {
        _controller.Instances.OnAddNic = request =>
        {
            Assert.Equal(new AddNicRequest { Name = "web1", Nic = new Nic { Network = "lan", Address = "10.80.0.9", RateMbit = 10 } }, request);
            return new AddNicResponse { Instance = OnBridge(generation: 2, observed: 1) };
        };
        _controller.Instances.Set(OnBridge(generation: 2, observed: 1));
        using var run = CliRun.Begin(_controller.Address, [], "nic", "add", "web1", "lan,address=10.80.0.9,rate=10");
        await _controller.Instances.NextWatchAsync();
        Assert.False(run.Exit.IsCompleted);
        _controller.Instances.Set(OnBridge(generation: 2, observed: 2));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Equal("web1: interface 2 is added (lan, 52:54:00:00:00:02, 10.80.0.9, fd00::9)\n", run.Output);
    }

    [Fact]
    public async Task Without_a_network_it_is_the_hosts_default()
    {
        _controller.Instances.Set(OnBridge(1, 1));
        _controller.Instances.OnAddNic = request => request.Nic.Equals(new Nic()) ? new AddNicResponse { Instance = OnBridge(1, 1) } : throw new InvalidOperationException();
        using var run = await CliRun.EndAsync(_controller, "nic", "add", "web1");
        Assert.Equal(ExitCode.Success, await run.Exit);
    }

    [Fact]
    public async Task Interfaces_are_listed_and_removed()
    {
        _controller.Instances.Set(OnBridge(1, 1));
        _controller.Instances.OnRemoveNic = request => request is { Name: "web1", Slot: 2 }
            ? new RemoveNicResponse { Instance = OnBridge(1, 1) }
            : throw new RpcException(new Status(StatusCode.NotFound, "instance \"web1\" has no network interface in slot 3"));
        using var list = await CliRun.EndAsync(_controller, "nic", "ls", "web1");
        Assert.Equal(
            """
            SLOT  NETWORK  MAC                ADDRESS    IPV6     NAME                    HOST INTERFACE
            1     user     52:54:00:00:00:01  -          -        -                       -
            2     lan      52:54:00:00:00:02  10.80.0.9  fd00::9  web1.lan.qvmc.internal  qabcdefghijkl2

            """,
            list.Output);
        using var removed = await CliRun.EndAsync(_controller, "nic", "remove", "web1", "2");
        Assert.Equal("web1: interface 2 is removed\n", removed.Output);
        using var missing = await CliRun.EndAsync(_controller, "nic", "rm", "web1", "3");
        Assert.Equal(ExitCode.NotFound, await missing.Exit);
    }

    [Fact]
    public async Task Forwards_are_added_listed_and_removed()
    {
        var instance = Samples.Ready("web1");
        instance.Spec.Forwards.Add(new PortForward { Protocol = Protocol.Udp, HostAddress = "0.0.0.0", HostPort = 53, GuestPort = 5353 });
        _controller.Instances.Set(instance);
        var added = new List<PortForward>();
        _controller.Instances.OnAddForward = request =>
        {
            added.Add(request.Forward);
            return new AddForwardResponse { Instance = instance };
        };
        var removed = new List<RemoveForwardRequest>();
        _controller.Instances.OnRemoveForward = request =>
        {
            removed.Add(request);
            return new RemoveForwardResponse { Instance = instance };
        };
        using var add = await CliRun.EndAsync(_controller, "forward", "add", "web1", "8080:80", "0.0.0.0:53:5353/udp");
        Assert.Equal("web1: 127.0.0.1:8080->80/tcp, 0.0.0.0:53->5353/udp is forwarded\n", add.Output);
        Assert.Equal([("", 8080u, 80u), ("0.0.0.0", 53u, 5353u)], added.Select(f => (f.HostAddress, f.HostPort, f.GuestPort)));
        using var list = await CliRun.EndAsync(_controller, "forward", "list", "web1");
        Assert.Equal(
            """
            HOST            GUEST PORT  PROTOCOL
            127.0.0.1:8080  80          tcp
            0.0.0.0:53      5353        udp

            """,
            list.Output);
        using var remove = await CliRun.EndAsync(_controller, "forward", "rm", "web1", "8080", "0.0.0.0:53/udp");
        Assert.Equal("web1: 8080/tcp, 0.0.0.0:53/udp is forwarded no more\n", remove.Output);
        Assert.Equal([("", 8080u, Protocol.Tcp), ("0.0.0.0", 53u, Protocol.Udp)], removed.Select(r => (r.HostAddress, r.HostPort, r.Protocol)));
    }

    [Theory]
    [InlineData("forward add web1 8080", ExitCode.Usage)]
    [InlineData("forward add web1", ExitCode.Usage)]
    [InlineData("forward remove web1 8080:80", ExitCode.Usage)]
    [InlineData("nic add web1 lan,speed=3", ExitCode.Usage)]
    [InlineData("nic remove web1 eth0", ExitCode.Usage)]
    [InlineData("forward list nobody", ExitCode.NotFound)]
    [InlineData("nic list nobody", ExitCode.NotFound)]
    public async Task Ends_with_the_usual_codes(string line, int code)
    {
        using var run = await CliRun.EndAsync(_controller, line.Split(' '));
        Assert.Equal(code, await run.Exit);
        Assert.StartsWith("qvmc: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Launch_takes_networks_with_all_that_can_be_said_of_them()
    {
        using var run = await CliRun.EndAsync(
            _controller, "launch", "web1", "--image", "tiny", "--network", "user", "--network", "lan,mac=52:54:00:12:34:56,address=10.80.0.5,queues=2,rate=100", "--no-wait");
        Assert.Equal((ExitCode.Success, ""), (await run.Exit, run.Error));
        Assert.Equal(
            [new Nic { Network = "user" }, new Nic { Network = "lan", Mac = "52:54:00:12:34:56", Address = "10.80.0.5", Queues = 2, RateMbit = 100 }],
            Assert.Single(_controller.Instances.Launches).Spec.Nics);
        using var wrong = await CliRun.EndAsync(_controller, "launch", "web1", "--image", "tiny", "--network", "lan,rate=x", "--network", "=");
        Assert.Equal(ExitCode.Usage, await wrong.Exit);
        Assert.Contains("rate wants a number from 1", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("does not begin with the name of a network", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_shows_interfaces_and_who_says_what_of_their_addresses()
    {
        var instance = OnBridge(1, 1);
        instance.Spec.Nics[1].RateMbit = 100;
        instance.Status.Addresses.Clear();
        instance.Status.Addresses.Add(new Address { Ip = "10.80.0.9", Prefix = 24, Interface = "eth1", Mac = "52:54:00:00:00:02", Source = AddressSource.Agent });
        instance.Status.Addresses.Add(new Address { Ip = "10.80.0.9", Source = AddressSource.Dhcp });
        instance.Status.Addresses.Add(new Address { Ip = "10.0.2.15", Prefix = 24, Interface = "eth0", Source = AddressSource.Agent });
        _controller.Instances.Set(instance);
        using var run = await CliRun.EndAsync(_controller, "info", "web1");
        Assert.Contains(
            """
            Interface:  1, network user, 52:54:00:00:00:01
            Interface:  2, network lan, 52:54:00:00:00:02, web1.lan.qvmc.internal, at most 100 Mbit/s, qabcdefghijkl2 on the host
            Address:    10.80.0.9/24 (eth1, 52:54:00:00:00:02, agent, DHCP, reserved)
            Address:    10.0.2.15/24 (eth0, agent)
            Address:    fd00::9 (interface 2, reserved)
            Forward:    127.0.0.1:8080->80/tcp

            """,
            run.Output,
            StringComparison.Ordinal);
        instance.Spec.Nics.Clear();
        instance.Spec.Nics.Add(new Nic { Network = "none", Slot = 1 });
        instance.Status.Nics.Clear();
        using var none = await CliRun.EndAsync(_controller, "info", "web1");
        Assert.Contains("Interface:  none\n", none.Output, StringComparison.Ordinal);
    }

    private static Instance OnBridge(uint generation, uint observed)
    {
        var instance = Samples.Ready("web1");
        (instance.Generation, instance.Status.ObservedGeneration) = (generation, observed);
        instance.Spec.Nics.Add([new Nic { Network = "user", Slot = 1, Mac = "52:54:00:00:00:01" }, new Nic { Network = "lan", Slot = 2, Mac = "52:54:00:00:00:02" }]);
        instance.Status.Nics.Add(
        [
            new NicStatus { Slot = 1, Network = "user", Mac = "52:54:00:00:00:01" },
            new NicStatus
            {
                Slot = 2, Network = "lan", Mac = "52:54:00:00:00:02", Ipv4 = "10.80.0.9", Ipv6 = "fd00::9", Hostname = "web1.lan.qvmc.internal", HostInterface = "qabcdefghijkl2",
            },
        ]);
        return instance;
    }
}
