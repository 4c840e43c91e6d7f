using System.Runtime.InteropServices;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Processes;

/// <summary>
/// Starts a process that outlives this one: in a session of its own (no Ctrl-C, no hang-up), standard input from
/// /dev/null, all signals at their defaults, and no descriptor of ours but those it is given.
/// </summary>
public static unsafe class DetachedProcess
{
    // Larger than glibc's posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128); on macOS
    // the first two are pointers and the last is 32 bits.
    private const int Opaque = 512;

    /// <summary>Starts it.</summary>
    /// <exception cref="OsException">It could not be started: no such file, no memory, no descriptors.</exception>
    public static ProcessHandle Start(DetachedStart start)
    {
        var abi = SpawnAbi.Host;
        var actions = stackalloc byte[Opaque];
        var attributes = stackalloc byte[Opaque];
        Check("posix_spawn_file_actions_init", LibC.FileActionsInit(actions));
        Check("posix_spawnattr_init", LibC.AttributesInit(attributes));
        var added = new List<SafeHandle>();
        try
        {
            Check("posix_spawnattr_setflags", LibC.AttributesSetFlags(attributes, abi.Flags));
            SetSignals(attributes, abi);
            foreach (var descriptor in start.Descriptors)
            {
                var ok = false;
                descriptor.DangerousAddRef(ref ok);
                added.Add(descriptor);
            }

            foreach (var action in SpawnPlan.Of([.. added.Select(d => (int)d.DangerousGetHandle())], start.OutputPath, start.WorkingDirectory, abi))
            {
                Add(actions, action);
            }

            using var argv = new StringVector(start.Arguments.Prepend(start.Program));
            using var envp = new StringVector(start.Environment.Select(e => $"{e.Key}={e.Value}"));
            Check($"posix_spawn {start.Program}", LibC.PosixSpawn(out var pid, start.Program, actions, attributes, argv.Pointer, envp.Pointer));
            return ProcessHandle.OpenChild(pid);
        }
        finally
        {
            added.ForEach(h => h.DangerousRelease());
            _ = LibC.FileActionsDestroy(actions);
            _ = LibC.AttributesDestroy(attributes);
        }
    }

    private static void SetSignals(byte* attributes, SpawnAbi abi)
    {
        var signals = stackalloc byte[Opaque];
        _ = LibC.SigEmptySet(signals);
        _ = LibC.AttributesSetSigMask(attributes, signals);
        if (abi.Catchable is { } catchable)
        {
            *(uint*)signals = catchable;
        }
        else
        {
            _ = LibC.SigFillSet(signals);
        }

        _ = LibC.AttributesSetSigDefault(attributes, signals);
    }

    private static void Add(byte* actions, SpawnAction action)
    {
        switch (action)
        {
            case SpawnAction.Duplicate(var from, var to):
                Check("adddup2", LibC.FileActionsAddDup2(actions, from, to));
                break;
            case SpawnAction.Close(var descriptor):
                Check("addclose", LibC.FileActionsAddClose(actions, descriptor));
                break;
            case SpawnAction.CloseFrom(var descriptor):
                Check("addclosefrom", LibC.FileActionsAddCloseFrom(actions, descriptor));
                break;
            case SpawnAction.Open(var descriptor, var path, var flags, var mode):
                Check("addopen", LibC.FileActionsAddOpen(actions, descriptor, path, flags, mode));
                break;
            case SpawnAction.ChangeDirectory(var path):
                Check("addchdir", LibC.FileActionsAddChdir(actions, path));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    private static void Check(string call, int errno)
    {
        if (errno != 0)
        {
            throw new OsException(call, errno);
        }
    }
}
