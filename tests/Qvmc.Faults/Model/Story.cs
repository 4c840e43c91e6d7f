using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Model;

/// <summary>
/// Plays a sequence of steps on real daemons beside a simple model: for each machine, whether it must be there and whether it
/// must be up. Where calls cross one another or are not answered the model knows less, and says so.
/// </summary>
public sealed class Story(FaultCluster cluster)
{
    private static int _number;
    private readonly string _prefix = $"s{Interlocked.Increment(ref _number)}-m";
    private readonly Dictionary<int, Wish> _wishes = [];

    /// <summary>Plays it and compares, in the end, what is there with what must be.</summary>
    public async Task PlayAsync(IReadOnlyList<Step> steps)
    {
        try
        {
            foreach (var moment in Moments(steps))
            {
                await PlayMomentAsync(moment);
            }

            await Invariants.CheckAsync(cluster);
            await CompareAsync();
        }
        finally
        {
            await CleanAsync();
        }
    }

    /// <summary>Steps that happen at once, together.</summary>
    public static IReadOnlyList<IReadOnlyList<Step>> Moments(IReadOnlyList<Step> steps)
    {
        var moments = new List<List<Step>>();
        foreach (var step in steps)
        {
            if (moments.Count == 0 || !step.AtOnce)
            {
                moments.Add([]);
            }

            moments[^1].Add(step);
        }

        return moments;
    }

    private async Task PlayMomentAsync(IReadOnlyList<Step> moment)
    {
        var kills = moment.Any(s => s.Kind >= StepKind.KillController);
        var outcomes = await Task.WhenAll(moment.Select(async s => (Step: s, Outcome: await DoAsync(s, kills))));
        foreach (var group in outcomes.Where(o => o.Step.Kind < StepKind.KillController && o.Step.Kind != StepKind.List).GroupBy(o => o.Step.Machine))
        {
            var before = _wishes.GetValueOrDefault(group.Key, Wish.Nothing);
            _wishes[group.Key] = group.Count() == 1 ? After(before, group.First().Step.Kind, group.First().Outcome, kills) : Crossed(before, group.Select(g => g.Step.Kind));
        }
    }

    // Null: done. Otherwise the status that was answered.
    private async Task<StatusCode?> DoAsync(Step step, bool kills)
    {
        try
        {
            await CallAsync(step);
            return null;
        }
        catch (RpcException e)
        {
            var honest = e.StatusCode is not (StatusCode.Internal or StatusCode.Unknown or StatusCode.Unimplemented);
            Assert.True(honest || kills, $"{step}: {e.Status}");
            return honest ? e.StatusCode : StatusCode.Unavailable;
        }
    }

    private async Task CallAsync(Step step)
    {
        var (name, within) = (_prefix + step.Machine, FaultCluster.Within());
        switch (step.Kind)
        {
            case StepKind.Launch:
                await cluster.Client.LaunchAsync(Request(name, PowerState.Running), within);
                break;
            case StepKind.LaunchStopped:
                await cluster.Client.LaunchAsync(Request(name, PowerState.Stopped), within);
                break;
            case StepKind.Start:
                await cluster.Client.StartAsync(new StartRequest { Name = name }, within);
                break;
            case StepKind.Stop or StepKind.ForceStop:
                var policy = new StopPolicy { Force = step.Kind == StepKind.ForceStop, Grace = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(200)) };
                await cluster.Client.StopAsync(new StopRequest { Name = name, Policy = policy }, within);
                break;
            case StepKind.Restart:
                await cluster.Client.RestartAsync(new RestartRequest { Name = name, Policy = new StopPolicy { Force = true } }, within);
                break;
            case StepKind.Delete:
                await cluster.Client.DeleteAsync(new DeleteRequest { Name = name, Force = true }, within);
                break;
            case StepKind.Update:
                await cluster.Client.UpdateAsync(Change(name), within);
                break;
            case StepKind.List:
                await cluster.ListAsync();
                break;
            case StepKind.KillQemu:
                await KillQemuAsync(name);
                break;
            case StepKind.KillController:
                await FaultCluster.BounceAsync(cluster.Controller);
                break;
            case StepKind.KillHost:
                await FaultCluster.BounceAsync(cluster.Qemu);
                break;
            case StepKind.KillBoth:
                await Task.WhenAll(FaultCluster.BounceAsync(cluster.Controller), FaultCluster.BounceAsync(cluster.Qemu));
                break;
        }
    }

    private static LaunchRequest Request(string name, PowerState power)
    {
        var request = LaunchRequests.Of(name, FaultCluster.BaseImage, power);
        request.RequestId = "";
        return request;
    }

    private static UpdateRequest Change(string name) => new()
    {
        Name = name,
        Spec = new InstanceSpec { MemoryMib = 48 },
        UpdateMask = new FieldMask { Paths = { "spec.memory_mib" } },
    };

    private async Task KillQemuAsync(string name)
    {
        var uid = (await cluster.Client.InfoAsync(new InfoRequest { Name = name }, FaultCluster.Within())).Instance.Uid;
        foreach (var pid in cluster.QemuPids().Where(p => cluster.UidOf(p) == uid))
        {
            await FaultCluster.KillQemuAsync(pid);
        }
    }

    private static Wish After(Wish before, StepKind kind, StatusCode? refused, bool kills) => (kind, refused) switch
    {
        // Not answered: done or not.
        (_, StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.DeadlineExceeded) => Crossed(before, [kind]),
        (StepKind.Launch, null) => new Wish(true, true),
        (StepKind.LaunchStopped, null) => new Wish(true, false),
        (StepKind.Launch or StepKind.LaunchStopped, _) => before with { Exists = before.Exists == false ? throw Wrong(kind, refused, before) : before.Exists },
        (StepKind.Delete, null) => Wish.Nothing,
        (StepKind.KillQemu, _) => before.Up == false ? before : before with { Up = null },
        (_, StatusCode.NotFound) => before.Exists == true ? throw Wrong(kind, refused, before) : Wish.Nothing,
        (_, { }) => kills || before.Exists is null ? Crossed(before, [kind]) : throw Wrong(kind, refused, before),
        (_, null) when before.Exists == false => throw Wrong(kind, refused, before),

        // A death that is not known yet makes it running already.
        (StepKind.Start, null) => new Wish(true, before.Up is null ? null : true),
        (StepKind.Restart, null) => new Wish(true, true),
        (StepKind.Stop or StepKind.ForceStop, null) => new Wish(true, false),
        (_, null) => before with { Exists = true },
    };

    private static Xunit.Sdk.XunitException Wrong(StepKind kind, StatusCode? answer, Wish before) =>
        new($"{kind} was answered {answer?.ToString() ?? "OK"} although it was known: {before}");

    // Whatever came first, or came at all.
    private static Wish Crossed(Wish before, IEnumerable<StepKind> kinds)
    {
        var exists = before.Exists;
        var up = before.Up;
        foreach (var kind in kinds)
        {
            (exists, up) = kind switch
            {
                StepKind.Launch => (before.Exists == true ? exists : null, before.Exists == true ? up : null),
                StepKind.LaunchStopped => (before.Exists == true ? exists : null, before.Exists == true ? up : null),
                StepKind.Delete => (before.Exists == false ? exists : null, up),
                StepKind.Update or StepKind.List => (exists, up),
                StepKind.Start or StepKind.Restart => (exists, before.Up == true ? up : null),
                StepKind.Stop or StepKind.ForceStop => (exists, before.Up == false ? up : null),
                _ => (exists, null),
            };
        }

        return new Wish(exists, up);
    }

    private async Task CompareAsync()
    {
        var instances = (await cluster.ListAsync()).ToDictionary(i => i.Name);
        foreach (var (machine, wish) in _wishes)
        {
            var there = instances.GetValueOrDefault(_prefix + machine);
            Assert.True(wish.Exists is null || wish.Exists == there is not null, $"m{machine} must be {wish} and is {there}");
            if (there is not null && wish is { Exists: true, Up: { } up })
            {
                Assert.True((there.Status.State == State.Running) == up, $"m{machine} must be {wish} and is {there}");
            }
        }
    }

    private async Task CleanAsync()
    {
        foreach (var instance in (await cluster.ListAsync()).Where(i => i.Name.StartsWith(_prefix, StringComparison.Ordinal)))
        {
            await ClientCalls.GoneAsync(() => cluster.Client.DeleteAsync(new DeleteRequest { Name = instance.Name, Force = true }, FaultCluster.Within()).ResponseAsync);
        }
    }
}
