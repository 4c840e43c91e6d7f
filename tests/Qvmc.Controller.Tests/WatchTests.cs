using Grpc.Core;
using Qvmc.Protos.Controller.V1;
using static Qvmc.Controller.Tests.ControllerHarness;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Tests;

public class WatchTests
{
    [Fact]
    public async Task A_watch_tells_what_is_there_and_then_each_change()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        using var call = world.Client.Watch(new WatchRequest(), Within());
        var stream = call.ResponseStream;
        Assert.Equal((WatchEventType.Snapshot, "web1", ""), Told(await NextAsync(stream)));
        var synced = await NextAsync(stream);
        Assert.Equal(WatchEventType.Synced, synced.Type);
        Assert.NotEmpty(synced.ResumeToken);

        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        var told = await UntilAsync(stream, t => t.Instance.Status.State == State.Stopped);
        Assert.Equal(WatchEventType.Changed, told.Type);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1" }, Within());
        told = await UntilAsync(stream, t => t.Type == WatchEventType.Deleted);
        Assert.Equal("web1", told.Instance.Name);
    }

    [Fact]
    public async Task A_token_resumes_without_gap_or_repetition()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        string token;
        using (var call = world.Client.Watch(new WatchRequest(), Within()))
        {
            token = (await UntilAsync(call.ResponseStream, t => t.Type == WatchEventType.Synced)).ResumeToken;
        }

        await world.LaunchAsync("web2");
        await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Labels = { { "a", "1" } } }, Within());
        using var resumed = world.Client.Watch(new WatchRequest { ResumeToken = token }, Within());
        Assert.Equal((WatchEventType.Changed, "web2"), ((await NextAsync(resumed.ResponseStream)) is { } first ? (first.Type, first.Instance.Name) : default));
        var labelled = await UntilAsync(resumed.ResponseStream, t => t.Instance.Labels.Count > 0);
        using var after = world.Client.Watch(new WatchRequest { ResumeToken = labelled.ResumeToken }, Within());
        var next = await NextAsync(after.ResponseStream);
        Assert.Equal((WatchEventType.Changed, "web1", 2u), (next.Type, next.Instance.Name, next.Instance.Status.ObservedGeneration));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("00000000-1")]
    [InlineData("-")]
    public async Task A_token_that_is_not_of_this_run_asks_to_begin_again(string token)
    {
        await using var world = await StartAsync();
        using var call = world.Client.Watch(new WatchRequest { ResumeToken = token }, Within());
        Assert.Equal(WatchEventType.Resync, (await NextAsync(call.ResponseStream)).Type);
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task A_token_of_before_a_restart_asks_to_begin_again()
    {
        await using var world = await StartAsync();
        string token;
        using (var call = world.Client.Watch(new WatchRequest(), Within()))
        {
            token = (await NextAsync(call.ResponseStream)).ResumeToken;
        }

        await world.RestartControllerAsync();
        using var again = world.Client.Watch(new WatchRequest { ResumeToken = token }, Within());
        Assert.Equal(WatchEventType.Resync, (await NextAsync(again.ResponseStream)).Type);
    }

    [Fact]
    public async Task A_filter_lets_through_what_leaves_it()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.LaunchAsync("web2");
        var request = new WatchRequest { Filter = new InstanceFilter { States = { State.Running }, Names = { "web1" } } };
        using var call = world.Client.Watch(request, Within());
        Assert.Equal((WatchEventType.Snapshot, "web1", ""), Told(await NextAsync(call.ResponseStream)));
        Assert.Equal(WatchEventType.Synced, (await NextAsync(call.ResponseStream)).Type);
        world.Node.Change("web2", m => m.ShutDownByGuest());
        world.Node.Change("web1", m => m.ShutDownByGuest());
        var left = await NextAsync(call.ResponseStream);
        Assert.Equal(("web1", State.Stopped), (left.Instance.Name, left.Instance.Status.State));
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_told_to_begin_again()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        using var call = world.Client.Watch(new WatchRequest(), Within(Limits.Test * 2));
        await UntilAsync(call.ResponseStream, t => t.Type == WatchEventType.Synced);

        // Each event carries the user's label, so that the buffers on the way are full soon.
        await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Labels = { Enumerable.Range(0, 60).ToDictionary(i => $"k{i}", _ => new string('x', 255)) } }, Within());
        for (var i = 0; i < 12_000; i++)
        {
            world.Node.Change("web1", m => (i % 2 == 0 ? (Action)m.BecomeReady : m.Unready)());
        }

        await world.LaunchAsync("web2");
        WatchResponse? last = null;
        var count = 0;
        await foreach (var told in call.ResponseStream.ReadAllAsync())
        {
            last = told;
            count++;
        }

        Assert.Equal(WatchEventType.Resync, last!.Type);
        Assert.Contains("changes came since the last that was taken, and 8192 are kept", last.Message, StringComparison.Ordinal);
        Assert.InRange(count, 1, 11_999);
    }

    [Fact]
    public async Task Lists_page_by_name_and_filter()
    {
        await using var world = await StartAsync();
        foreach (var name in new[] { "c", "a", "b", "e", "d" })
        {
            var request = Request(name, WaitCondition.Running);
            request.Labels.Add("even", name is "b" or "d" ? "yes" : "no");
            await world.Client.LaunchAsync(request, Within());
        }

        var first = await world.Client.ListAsync(new ListRequest { PageSize = 2 }, Within());
        Assert.Equal(["a", "b"], first.Instances.Select(i => i.Name));
        await world.Client.DeleteAsync(new DeleteRequest { Name = "b", Force = true }, Within());
        await world.LaunchAsync("aa");
        var second = await world.Client.ListAsync(new ListRequest { PageSize = 2, PageToken = first.NextPageToken }, Within());
        Assert.Equal(["c", "d"], second.Instances.Select(i => i.Name));
        var third = await world.Client.ListAsync(new ListRequest { PageSize = 2, PageToken = second.NextPageToken }, Within());
        Assert.Equal(["e"], third.Instances.Select(i => i.Name));
        Assert.Empty(third.NextPageToken);

        Assert.Equal(["d"], await NamesAsync(new InstanceFilter { Labels = { "even=yes" } }));
        Assert.Equal(["a", "c", "d", "e"], await NamesAsync(new InstanceFilter { Labels = { "even" } }));
        Assert.Equal(["aa"], await NamesAsync(new InstanceFilter { Names = { "aa", "b" } }));
        Assert.Empty(await NamesAsync(new InstanceFilter { States = { State.Failed } }));
        Assert.Empty(await NamesAsync(new InstanceFilter { Node = "elsewhere" }));

        async Task<IEnumerable<string>> NamesAsync(InstanceFilter filter) =>
            (await world.Client.ListAsync(new ListRequest { Filter = filter }, Within())).Instances.Select(i => i.Name);
    }

    private static (WatchEventType Type, string Name, string Token) Told(WatchResponse response) => (response.Type, response.Instance.Name, response.ResumeToken);

    private static async Task<WatchResponse> NextAsync(IAsyncStreamReader<WatchResponse> stream)
    {
        Assert.True(await stream.MoveNext(CancellationToken.None));
        return stream.Current;
    }

    private static async Task<WatchResponse> UntilAsync(IAsyncStreamReader<WatchResponse> stream, Func<WatchResponse, bool> wanted)
    {
        while (true)
        {
            var told = await NextAsync(stream);
            if (wanted(told))
            {
                return told;
            }
        }
    }
}
