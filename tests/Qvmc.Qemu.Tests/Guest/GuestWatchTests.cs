using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Guest;

/// <summary>How a watch follows a guest's agent.</summary>
public sealed class GuestWatchTests
{
    // Takes the 5 s that an agent has for an answer. Without anybody to read it, a real one would not get rid of it.
    [Fact]
    public async Task A_late_answer_is_taken_by_the_connection_that_asked()
    {
        await using var guest = new WatchedGuest();
        guest.Watch.PortOpened();
        await guest.HearAsync(r => r.Answers);
        var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        guest.Agent.On("guest-network-get-interfaces", async (_, ct) =>
        {
            await late.Task.WaitAsync(ct);
            return ScriptedReply.Return(guest.Agent.Interfaces);
        });
        await guest.HearAsync(r => !r.Answers);
        Assert.False(guest.Watch.Answers);
        late.SetResult();
        Assert.NotEmpty((await guest.HearAsync(r => r.Answers)).Addresses);
        Assert.Equal(1, guest.Agent.Clients);
    }

    [Fact]
    public async Task A_command_waits_for_an_agent_that_has_just_been_asked_and_for_no_other()
    {
        await using var guest = new WatchedGuest();
        var closed = await Assert.ThrowsAsync<FaultException>(() => guest.Watch.AgentAsync(CancellationToken.None));
        Assert.Equal(FaultCode.Unavailable, closed.Code);

        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        guest.Agent.On("guest-get-host-name", async (_, ct) =>
        {
            await first.Task.WaitAsync(ct);
            return ScriptedReply.Return(new JsonObject { ["host-name"] = "guest" });
        });
        guest.Watch.PortOpened();
        var agent = guest.Watch.AgentAsync(CancellationToken.None);
        await guest.Agent.ReceivedAsync("guest-get-host-name");
        Assert.False(agent.IsCompleted);
        first.SetResult();
        await agent;
    }

    [Fact]
    public async Task A_connection_that_ends_is_made_again()
    {
        await using var guest = new WatchedGuest();
        guest.Watch.PortOpened();
        await guest.HearAsync(r => r.Answers);
        await guest.Agent.CloseConnectionAsync();
        await guest.HearAsync(r => !r.Answers);
        await guest.HearAsync(r => r.Answers);
        Assert.Equal(2, guest.Agent.Clients);
    }

    [Fact]
    public async Task An_agent_that_falls_silent_has_answered_until_its_guest_boots_anew()
    {
        await using var guest = new WatchedGuest();
        guest.Watch.PortOpened();
        Assert.True((await guest.HearAsync(r => r.Answers)).HasAnswered);
        guest.Watch.PortClosed();
        Assert.True((await guest.HearAsync(r => !r.Answers)).HasAnswered);
        guest.Watch.Rebooted();
        Assert.False((await guest.HearAsync(r => !r.Answers)).HasAnswered);
    }

    [Fact]
    public async Task A_guest_that_goes_on_has_its_clock_set_once()
    {
        await using var guest = new WatchedGuest();
        guest.Watch.PortOpened();
        await guest.HearAsync(r => r.Answers);
        Assert.Null(guest.Agent.TimeNanoseconds);
        guest.Watch.WentOn();
        await guest.Agent.ReceivedAsync("guest-set-time");
        Assert.DoesNotContain("guest-set-time", await guest.CommandsAsync(3));
        Assert.InRange(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch.AddTicks(guest.Agent.TimeNanoseconds!.Value / 100), TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_guest_without_hwclock_has_it_set_by_date()
    {
        await using var guest = new WatchedGuest();
        guest.Agent.On("guest-set-time", ScriptedReply.Error("this feature or command is not currently supported"));
        guest.Watch.PortOpened();
        await guest.HearAsync(r => r.Answers);
        guest.Watch.WentOn();
        var exec = await guest.Agent.ReceivedAsync("guest-exec");
        Assert.Equal("date", exec.Text("path"));
        Assert.Matches("^@[0-9]{10}$", exec.Arguments["arg"]![1]!.GetValue<string>());
    }
}
