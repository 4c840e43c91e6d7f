using Qvmc.Cli.Connection;

namespace Qvmc.Cli.Tests.Connection;

public sealed class ControllerAddressTests : IDisposable
{
    private readonly string _runtime = Directory.CreateTempSubdirectory("qvmc-run-").FullName;

    public void Dispose() => Directory.Delete(_runtime, recursive: true);

    [Fact]
    public void The_command_line_comes_before_the_environment() =>
        Assert.Equal("unix:///a", ControllerAddress.Resolve("unix:///a", _ => "unix:///b"));

    [Fact]
    public void The_environment_comes_before_what_is_there() =>
        Assert.Equal("unix:///b", ControllerAddress.Resolve(null, name => name == "QVMC_ENDPOINT" ? "unix:///b" : _runtime));

    [Fact]
    public void The_users_own_socket_comes_before_the_systems()
    {
        Assert.Equal("unix:///run/qvmc/controller.sock", Resolve());
        var directory = Directory.CreateDirectory(Path.Combine(_runtime, "qvmc"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(directory.FullName, "controller.sock"), "");
        Assert.Equal($"unix://{_runtime}/qvmc/controller.sock", Resolve());
    }

    [Fact]
    public void A_socket_where_others_can_put_one_does_not_count()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_runtime, "qvmc"));
        File.SetUnixFileMode(directory.FullName, (UnixFileMode)0b111_111_111);
        File.WriteAllText(Path.Combine(directory.FullName, "controller.sock"), "");
        Assert.Equal("unix:///run/qvmc/controller.sock", Resolve());
    }

    [Fact]
    public void Without_a_runtime_directory_the_socket_is_under_tmp() =>
        Assert.Matches("^/tmp/qvmc-[0-9]+$", ControllerAddress.RunDirectory(_ => null));

    private string Resolve() => ControllerAddress.Resolve(null, name => name == "XDG_RUNTIME_DIR" ? _runtime : null);
}
