using System.Net;
using System.Net.Sockets;
using Qvmc.Cli.Daemons;
using Qvmc.Controller;
using Qvmc.Core.Faults;
using Qvmc.Gateway;
using Qvmc.Qemu;

namespace Qvmc.Cli.Tests.Daemons;

public sealed class UpTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("qvmc-up-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Its_settings_pass_the_daemons_rules()
    {
        var settings = new UpSettings(new UpPaths("/home/me/.local/share/qvmc", "/run/user/1000/qvmc"), HttpText.Complete("7070"), "warn");
        Assert.Empty(QemuSettingsRules.Check(settings.Qemu));
        Assert.Empty(ControllerSettingsRules.Check(settings.Controller));
        Assert.Empty(GatewaySettingsRules.Check(settings.Gateway));
        Assert.Equal(settings.Qemu.ImageDirectory, settings.Controller.ImageDirectory);
        Assert.Equal(settings.Qemu.NodeName, settings.Controller.Nodes[0].Name);
    }

    [Fact]
    public void Directories_are_the_users_own()
    {
        var environment = new Dictionary<string, string> { ["HOME"] = "/home/me", ["XDG_RUNTIME_DIR"] = "/run/user/7" };
        Assert.Equal(new UpPaths("/home/me/.local/share/qvmc", "/run/user/7/qvmc"), UpPaths.Resolve(null, null, environment.GetValueOrDefault));
        environment["XDG_DATA_HOME"] = "/data";
        Assert.Equal("/data/qvmc", UpPaths.Resolve(null, null, environment.GetValueOrDefault).Data);
        Assert.Equal(new UpPaths("/a", "/b"), UpPaths.Resolve("/a", "/b", environment.GetValueOrDefault));
        Assert.Throws<FaultException>(() => UpPaths.Resolve(null, "/b", _ => null));
    }

    [Fact]
    public void Sockets_go_into_no_directory_that_others_can_write()
    {
        var paths = new UpPaths(Path.Combine(_root, "data"), Path.Combine(_root, "run"));
        paths.Make();
        Assert.Equal(0b111_000_000, (int)File.GetUnixFileMode(paths.Run));
        File.SetUnixFileMode(paths.Run, (UnixFileMode)0b111_111_111);
        Assert.Equal(FaultCode.FailedPrecondition, Assert.Throws<FaultException>(paths.Make).Code);
    }

    [Fact]
    public void A_second_one_is_told_of_the_first()
    {
        using (UpLock.Take(_root, "unix:///x and http://y"))
        {
            var fault = Assert.Throws<FaultException>(() => UpLock.Take(_root, "elsewhere"));
            Assert.Equal($"qvmc up is already running (pid {Environment.ProcessId}, on unix:///x and http://y)", fault.Message);
            Assert.Equal(ExitCode.Conflict, ExitCode.Of(fault.Code));
        }

        UpLock.Take(_root, "again").Dispose();
    }

    [Fact]
    public void A_port_that_is_taken_is_told_before_anything_starts()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";
        Assert.StartsWith($"can't serve HTTP on {address}: another program listens there; ", Assert.Throws<FaultException>(() => UpPort.CheckFree(address)).Message);
        taken.Stop();
        UpPort.CheckFree(address);
    }

    [Theory]
    [InlineData("8080", "http://127.0.0.1:8080")]
    [InlineData("127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://localhost:1", "http://localhost:1")]
    public void Addresses_are_completed(string text, string full) => Assert.Equal(full, HttpText.Complete(text));
}
