using Qvmc.Core.Faults;
using Qvmc.Os.Processes;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>Looks into a host's machines from outside, whether its daemon runs or not. Changes nothing.</summary>
public static class MachineDirectories
{
    /// <summary>Every machine in a state directory of <c>qvmc qemu</c>, by directory.</summary>
    /// <exception cref="FaultException">There is no such directory, or it can't be read.</exception>
    public static IReadOnlyList<FoundMachine> Read(string stateDirectory)
    {
        var root = Path.Combine(stateDirectory, "machines");
        try
        {
            return [.. Directory.EnumerateDirectories(root).Where(d => !MachineFiles.IsLeaving(d)).Order(StringComparer.Ordinal).Select(Look)];
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FaultException(FaultCode.NotFound, $"there are no machines in {stateDirectory}: it has no directory \"machines\"; name a state_directory of qvmc qemu", inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FaultException(FaultCode.PermissionDenied, $"{root} can't be read: be the user of qvmc qemu, or root", inner: e);
        }
    }

    private static FoundMachine Look(string directory)
    {
        var made = new DateTimeOffset(Directory.GetCreationTimeUtc(directory), TimeSpan.Zero);
        try
        {
            var record = new MachineRecordFile(Path.Combine(directory, "machine.json")).Load();
            return record switch
            {
                null => Unusable("has no record: its launch broke off"),
                { Order: null } => Unusable("its record holds no order"),
                { Order.Uid: var uid } when uid != Path.GetFileName(directory) => Unusable($"its record is of machine {uid}"),
                { Removing: true } => Unusable("is being removed"),
                _ when OrderRules.Check(record.Order) is { Count: > 0 } faults => Unusable($"its record is damaged: {faults[0].Field} {faults[0].Message}"),
                _ => new FoundMachine(directory, record, made, PidOf(record), ""),
            };
        }
        catch (FaultException e)
        {
            return Unusable(e.Message);
        }

        FoundMachine Unusable(string trouble) => new(directory, null, made, 0, trouble);
    }

    private static int PidOf(MachineRecord record) =>
        record.Run is { Ended: false } run && run.HostBootId == HostBoot.Id && new ProcessIdentity(run.Pid, run.PidStartTicks).IsAlive() ? run.Pid : 0;
}
