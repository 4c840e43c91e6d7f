using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Guest;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Machines;

/// <summary>What a machine's status is made of, beside its record.</summary>
internal sealed record StatusInput
{
    internal required MachineRecord Record { get; init; }

    internal required string Node { get; init; }

    /// <summary>The generation whose disks, CDs and interfaces the machine has, or has failed to get.</summary>
    internal required uint ObservedGeneration { get; init; }

    internal required Doing Doing { get; init; }

    internal Stage Stage { get; init; }

    /// <summary>Null: there is no process.</summary>
    internal Processors? Processors { get; init; }

    /// <summary>Why the processors are as they are, when QEMU says.</summary>
    internal string ProcessorsReason { get; init; } = "";

    internal int Pid { get; init; }

    internal GuestReport Guest { get; init; } = GuestReport.Silence;

    internal IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>It waits for room on the host: what to do. Null: it does not.</summary>
    internal string? DiskFull { get; init; }

    /// <summary>Reads and writes that failed on the host in this run.</summary>
    internal IReadOnlyList<DiskFailures> DiskFailures { get; init; } = [];

    /// <summary>Changes that could not be made while it runs, and why.</summary>
    internal IReadOnlyList<string> ChangeTroubles { get; init; } = [];

    /// <summary>Its interfaces are not as ordered, and can't be changed while it runs.</summary>
    internal bool NicsWait { get; init; }

    internal ulong DiskUsedBytes { get; init; }

    /// <summary>Its interfaces.</summary>
    internal IReadOnlyList<NicStatus> Nics { get; init; } = [];

    /// <summary>Addresses that DHCP has given.</summary>
    internal IReadOnlyList<NicLease> Leases { get; init; } = [];

    internal required DateTimeOffset Now { get; init; }
}

/// <summary>Makes a machine's status: pure, so that every state can be shown in a table of tests.</summary>
internal static class StatusView
{
    // 1/64 of what was told, and at least 1 MiB.
    private const int NewsShift = 6;
    private const ulong LeastNews = 1 << 20;

    // Leases tell time in whole seconds.
    private static readonly TimeSpan ClockStep = TimeSpan.FromSeconds(2);

    internal static InstanceStatus Compose(StatusInput input, InstanceStatus? before)
    {
        var record = input.Record;
        var run = record.Run;
        var (state, reason) = StateOf(input);
        var live = input.Processors is not null;
        var status = new InstanceStatus
        {
            State = state,
            Stage = StageOf(input, state),
            Accelerator = run?.Accelerator ?? Accelerator.Unspecified,
            MachineType = record.MachineType,
            Pid = input.Pid,
            Node = input.Node,
            StartTime = live ? run?.StartTime : null,
            LastError = state is State.Starting ? null : record.LastError,
            Guest = input.Guest.Info,
            ObservedGeneration = input.ObservedGeneration,
            Boot = run?.Boot ?? 0,
            Reason = reason,
            DiskUsedBytes = input.DiskUsedBytes,
        };
        status.Addresses.Add(input.Guest.Addresses);
        status.Addresses.Add(Leased(input));
        status.Nics.Add(input.Nics);
        status.Warnings.Add(input.Warnings);
        AddConditions(status, input, before);
        return status;
    }

    /// <summary>
    /// Whether watchers hear of it. A disk that takes a little more room than was told is none by itself: most guests
    /// write something all the time.
    /// </summary>
    internal static bool IsNews(InstanceStatus status, InstanceStatus? told)
    {
        if (told is null)
        {
            return true;
        }

        var (used, known) = (status.DiskUsedBytes, told.DiskUsedBytes);
        if (Math.Max(used, known) - Math.Min(used, known) >= Math.Max(known >> NewsShift, LeastNews))
        {
            return true;
        }

        var rest = status.Clone();
        rest.DiskUsedBytes = known;
        return !rest.Equals(told);
    }

    // What the agent tells of is told once. A lease from before the machine's start says nothing of this run: the guest has
    // not asked for it again yet.
    private static IEnumerable<Address> Leased(StatusInput input) => input.Processors is null
        ? []
        : input.Leases
            .Where(l => l.Since is null || input.Record.Run?.StartTime is not { } start || l.Since >= start.ToDateTimeOffset() - ClockStep)
            .Where(l => input.Nics.Any(n => n.Mac == l.Mac))
            .Select(l => new Address { Ip = l.Address.ToString(), Prefix = l.Prefix, Mac = l.Mac, Source = AddressSource.Dhcp })
            .Where(a => input.Guest.Addresses.All(g => g.Ip != a.Ip));

    private static (State State, string Reason) StateOf(StatusInput input) => input.Doing switch
    {
        Doing.Starting => (State.Starting, ""),
        Doing.Stopping => (State.Stopping, input.Record.Run?.EndingReason ?? ""),
        Doing.Removing => (State.Stopping, "Removing"),
        Doing.Nothing or Doing.Changing => input.Processors switch
        {
            Processors.Running => (State.Running, input.ProcessorsReason),
            Processors.Paused => (State.Paused, input.ProcessorsReason),
            Processors.Halted => (State.Stopping, "GuestShutdown"),
            Processors.Silent => (State.Unknown, StatusReasons.MonitorSilent),
            null => StateOfDown(input.Record),
        },
    };

    private static (State State, string Reason) StateOfDown(MachineRecord record) => record switch
    {
        { Run: null, LastError: null } => (State.Stopped, "NeverStarted"),
        { LastError: { } error } => (State.Failed, error.Reason),
        _ => (State.Stopped, record.Run.EndReason),
    };

    private static Stage StageOf(StatusInput input, State state) => state switch
    {
        State.Starting or State.Stopping => input.Stage,
        State.Running when !input.Guest.HasAnswered => Stage.Booting,
        _ => Stage.Unspecified,
    };

    private static void AddConditions(InstanceStatus status, StatusInput input, InstanceStatus? before)
    {
        var guest = input.Guest;
        Add(ConditionType.Ready, guest.Answers, guest.Answers ? "AgentAnswers" : StatusReasons.AgentSilent, "");
        Add(ConditionType.HasAddress, status.Addresses.Count > 0, status.Addresses.Count > 0 ? "AddressKnown" : "NoAddress", "");
        if (input.Processors is not null)
        {
            AddRestart();
        }

        void AddRestart()
        {
            var fields = RestartFields(input.Record) is { Length: > 0 } names ? $"{names} will change at the next start" : null;
            var nics = input.NicsWait ? "interfaces of this machine come and go only at a start, since it was first started by an older version: restart it" : null;
            if (fields is not null || nics is not null || input.ChangeTroubles.Count > 0)
            {
                var reason = input.ChangeTroubles.Count > 0 ? "ChangeFailed" : "SettingsChanged";
                Add(ConditionType.RestartRequired, true, reason, string.Join("; ", new[] { fields, nics }.OfType<string>().Concat(input.ChangeTroubles)));
            }
        }

        if (input.DiskFull is { } advice)
        {
            Add(ConditionType.DiskFull, true, MachineSession.DiskFull, advice);
        }

        if (input.DiskFailures.Count > 0)
        {
            var reason = input.DiskFailures.Any(f => f.Writes > 0) ? "WriteError" : "ReadError";
            Add(ConditionType.DiskError, true, reason, $"{string.Join("; ", input.DiskFailures.Select(f => f.Sentence))}, and the guest was told: look at the host's kernel log and its disks");
        }

        if (input.Processors is not null && guest.CloudInit is { } cloudInit)
        {
            Add(ConditionType.CloudInit, cloudInit.IsDone, cloudInit.Reason, cloudInit.Message);
        }

        void Add(ConditionType type, bool met, string reason, string message)
        {
            var was = before?.Conditions.FirstOrDefault(c => c.Type == type);
            status.Conditions.Add(new Condition
            {
                Type = type,
                Met = met,
                Reason = reason,
                Message = message,
                TransitionTime = was is not null && was.Met == met && was.Reason == reason ? was.TransitionTime : Timestamp.FromDateTimeOffset(input.Now),
            });
        }
    }

    private static string RestartFields(MachineRecord record)
    {
        var (wanted, runs) = (record.Order.Spec, record.Run?.Spec);
        return runs is null ? "" : string.Join(", ", new[]
        {
            wanted.Cpus != runs.Cpus ? "cpus" : null,
            wanted.MemoryMib != runs.MemoryMib ? "memory" : null,
        }.Where(f => f is not null));
    }
}
