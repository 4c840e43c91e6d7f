using System.Collections.Concurrent;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class DeleteVerbTests : IAsyncLifetime
{
    private readonly ConcurrentBag<DeleteRequest> _deleted = [];
    private FakeController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _controller.Instances.OnDelete = request =>
        {
            _deleted.Add(request);
            return new DeleteResponse();
        };
        _controller.Instances.Set(Samples.Ready("a"));
        _controller.Instances.Set(Samples.Ready("b"));
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Names_are_deleted_without_a_question()
    {
        using var run = await CliRun.EndAsync(_controller, "rm", "a", "--force");
        Assert.Equal((ExitCode.Success, "a: deleted\n"), (await run.Exit, run.Output));
        Assert.Equal(new DeleteRequest { Name = "a", Force = true }, Assert.Single(_deleted));
    }

    [Fact]
    public async Task All_of_them_need_yes_where_nobody_can_be_asked()
    {
        using var refused = await CliRun.EndAsync(_controller, "delete", "--all");
        Assert.Equal((ExitCode.Usage, "qvmc: delete --all needs --yes where nobody can be asked\n"), (await refused.Exit, refused.Error));
        Assert.Empty(_deleted);
        using var run = await CliRun.EndAsync(_controller, "delete", "--all", "--yes");
        Assert.Equal(2, _deleted.Count);
    }

    [Theory]
    [InlineData("y\n", 2)]
    [InlineData("YES\n", 2)]
    [InlineData("\n", 0)]
    [InlineData("", 0)]
    [InlineData("no\n", 0)]
    public async Task On_a_terminal_it_asks(string answer, int deleted)
    {
        using var run = CliRun.BeginAtTerminal(_controller.Address, answer, "delete", "--all");
        Assert.Equal(deleted > 0 ? ExitCode.Success : ExitCode.Failure, await run.EndAsync());
        Assert.StartsWith("This deletes 2 with their disks: a, b\nGo on? [y/N] ", run.Error);
        Assert.Equal(deleted, _deleted.Count);
    }
}
