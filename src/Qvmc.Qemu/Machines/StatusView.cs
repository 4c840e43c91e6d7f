using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Guest;

namespace Qvmc.Qemu.Machines;

/// <summary>What a machine's status is made of, beside its record.</summary>
internal sealed record StatusInput
{
    internal required MachineRecord Record { get; init; }

    internal required string Node { get; init; }

    internal required Doing Doing { get; init; }

    internal Stage Stage { get; init; }

    /// <summary>Null: there is no process.</summary>
    internal Processors? Processors { get; init; }

    /// <summary>Why the processors are as they are, when QEMU says.</summary>
    internal string ProcessorsReason { get; init; } = "";

    internal int Pid { get; init; }

    internal GuestReport Guest { get; init; } = GuestReport.Silence;

    internal IReadOnlyList<string> Warnings { get; init; } = [];

    internal ulong DiskUsedBytes { get; init; }

    internal required DateTimeOffset Now { get; init; }
}

/// <summary>Makes a machine's status: pure, so that every state can be shown in a table of tests.</summary>
internal static class StatusView
{
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
            ObservedGeneration = record.Order.Generation,
            Boot = run?.Boot ?? 0,
            Reason = reason,
            DiskUsedBytes = input.DiskUsedBytes,
        };
        status.Addresses.Add(input.Guest.Addresses);
        status.Warnings.Add(input.Warnings);
        AddConditions(status, input, before);
        return status;
    }

    private static (State State, string Reason) StateOf(StatusInput input) => input.Doing switch
    {
        Doing.Starting => (State.Starting, ""),
        Doing.Stopping => (State.Stopping, input.Record.Run?.EndingReason ?? ""),
        Doing.Removing => (State.Stopping, "Removing"),
        Doing.Nothing => input.Processors switch
        {
            Processors.Running => (State.Running, input.ProcessorsReason),
            Processors.Paused => (State.Paused, input.ProcessorsReason),
            Processors.Halted => (State.Stopping, "GuestShutdown"),
            Processors.Silent => (State.Unknown, "MonitorSilent"),
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
        State.Running when !input.Guest.Answers => Stage.Booting,
        _ => Stage.Unspecified,
    };

    private static void AddConditions(InstanceStatus status, StatusInput input, InstanceStatus? before)
    {
        var guest = input.Guest;
        Add(ConditionType.Ready, guest.Answers, guest.Answers ? "AgentAnswers" : "AgentSilent", "");
        Add(ConditionType.HasAddress, guest.Addresses.Count > 0, guest.Addresses.Count > 0 ? "AddressKnown" : "NoAddress", "");
        if (input.Processors is not null && RestartFields(input.Record) is { Length: > 0 } fields)
        {
            Add(ConditionType.RestartRequired, true, "SettingsChanged", $"{fields} will change at the next start");
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
                TransitionTime = was is not null && was.Met == met ? was.TransitionTime : Timestamp.FromDateTimeOffset(input.Now),
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
            wanted.DiskMib != runs.DiskMib ? "disk" : null,
            !wanted.Nics.Equals(runs.Nics) ? "nics" : null,
            !wanted.Forwards.Equals(runs.Forwards) ? "forwards" : null,
        }.Where(f => f is not null));
    }
}
