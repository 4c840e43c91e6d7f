using Google.Protobuf;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ExecVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;
    private ExecRequest? _request;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _controller.Instances.OnExec = request =>
        {
            _request = request;
            return new ExecResponse { ExitCode = 42, Stdout = ByteString.CopyFrom(0xff, 0, 0x1b, (byte)'a'), Stderr = ByteString.CopyFromUtf8("oops") };
        };
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Its_bytes_and_exit_code_are_ours()
    {
        using var run = CliRun.Begin(_controller.Address, "in\0put"u8.ToArray(), "exec", "web1", "--stdin", "--env", "A=b=c", "--env", "D=", "--timeout", "90s", "--", "sh", "-c", "exit 42");
        Assert.Equal(42, await run.EndAsync());
        Assert.Equal([0xff, 0, 0x1b, (byte)'a'], run.OutputBytes);
        Assert.Equal("oops", run.Error);
        var expected = new ExecRequest
        {
            Name = "web1",
            Command = { "sh", "-c", "exit 42" },
            Stdin = ByteString.CopyFromUtf8("in\0put"),
            Environment = { "A=b=c", "D=" },
            Timeout = new() { Seconds = 90 },
        };
        Assert.Equal(expected, _request);
    }

    [Theory]
    [InlineData("exec web1 ls -la /", "ls -la /")]
    [InlineData("exec web1 -- ls -la /", "ls -la /")]
    [InlineData("exec web1 -- sh -c x -- --endpoint y", "sh -c x -- --endpoint y")]
    [InlineData("exec web1 sh --format json -o yaml", "sh --format json -o yaml")]
    [InlineData("exec web1 -- echo @file [suggest]", "echo @file [suggest]")]
    public async Task What_follows_the_program_is_the_programs(string line, string command)
    {
        using var run = await CliRun.EndAsync(_controller, line.Split(' '));
        Assert.Equal(42, await run.Exit);
        Assert.Equal(command.Split(' '), _request!.Command);
    }

    [Fact]
    public async Task Too_much_input_is_refused_here()
    {
        using var run = CliRun.Begin(_controller.Address, new byte[(1024 * 1024) + 1], "exec", "web1", "--stdin", "cat");
        Assert.Equal(ExitCode.Usage, await run.EndAsync());
        Assert.Equal("qvmc: --stdin: more than 1 MiB, which is the most it can be\n", run.Error);
        Assert.Null(_request);
    }
}
