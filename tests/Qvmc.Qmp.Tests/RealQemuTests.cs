using System.Text.Json.Nodes;

namespace Qvmc.Qmp.Tests;

public sealed class RealQemuTests
{
    [Fact]
    public async Task Greets_with_the_version_that_it_tells_later()
    {
        var (qemu, session) = await RealQemu.StartAsync();
        await using (qemu)
        await using (session)
        {
            var version = (await session.ExecuteAsync("query-version").Soon()).GetProperty("qemu");
            Assert.Equal(session.Greeting.Version.Major, version.GetProperty("major").GetInt32());
            Assert.Equal(session.Greeting.Version.Build, version.GetProperty("micro").GetInt32());
        }
    }

    [Fact]
    public async Task Refuses_what_it_does_not_know()
    {
        var (qemu, session) = await RealQemu.StartAsync();
        await using (qemu)
        await using (session)
        {
            Assert.Equal("CommandNotFound", (await Assert.ThrowsAsync<QmpCommandException>(() => session.ExecuteAsync("make-coffee").Soon())).ErrorClass);
            var error = await Assert.ThrowsAsync<QmpCommandException>(() =>
                session.ExecuteAsync("query-status", new JsonObject { ["sugar"] = "\u00fc\u0001\ud83d\ude00" }).Soon());
            Assert.Contains("sugar", error.Description);
        }
    }

    [Fact]
    public async Task Its_whole_schema_is_read()
    {
        var (qemu, session) = await RealQemu.StartAsync();
        await using (qemu)
        await using (session)
        {
            Assert.InRange((await session.ExecuteAsync("query-qmp-schema").Soon()).GetArrayLength(), 500, 10_000);
        }
    }

    [Fact]
    public async Task Many_callers_share_a_monitor()
    {
        var (qemu, session) = await RealQemu.StartAsync();
        await using (qemu)
        await using (session)
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => session.ExecuteAsync("query-status"))).Soon();
        }
    }

    [Fact]
    public async Task Tells_that_it_quits_and_closes()
    {
        var (qemu, session) = await RealQemu.StartAsync();
        await using (qemu)
        await using (session)
        {
            await session.ExecuteAsync("quit").Soon();
            var happened = await session.Events.ReadAsync().Soon();
            Assert.Equal(("SHUTDOWN", "host-qmp-quit"), (happened.Name, happened.Data.GetProperty("reason").GetString()));
            Assert.InRange(happened.Timestamp, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
            Assert.Equal("QEMU closed its monitor", (await session.Closed.Soon()).Message);
            await qemu.ExitedAsync();
        }
    }

    [Fact]
    public async Task A_killed_one_closes()
    {
        var (qemu, session) = await RealQemu.StartAsync();
        await using (qemu)
        await using (session)
        {
            qemu.Kill();
            Assert.Equal(QmpClosedReason.PeerClosed, (await session.Closed.Soon()).Reason);
        }
    }
}
