using System.Runtime.InteropServices;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Processes;

/// <summary>
/// Starts a process that outlives this one: in a session of its own (no Ctrl-C, no hang-up), standard input from
/// /dev/null, all signals at their defaults, and no descriptor of ours but those it is given.
/// </summary>
public static unsafe class DetachedProcess
{
    // spawn.h
    private const short SetSigDefault = 0x04, SetSigMask = 0x08, SetSession = 0x80;

    // fcntl.h, asm-generic
    private const int ReadOnly = 0, WriteOnly = 1, Create = 0x40, Append = 0x400;

    // Larger than glibc's posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128).
    private const int Opaque = 512;

    /// <summary>Starts it.</summary>
    /// <exception cref="OsException">It could not be started: no such file, no memory, no descriptors.</exception>
    public static ProcessHandle Start(DetachedStart start)
    {
        var actions = stackalloc byte[Opaque];
        var attributes = stackalloc byte[Opaque];
        var signals = stackalloc byte[Opaque];
        Check("posix_spawn_file_actions_init", LibC.FileActionsInit(actions));
        Check("posix_spawnattr_init", LibC.AttributesInit(attributes));
        var added = new List<SafeHandle>();
        try
        {
            Check("posix_spawnattr_setflags", LibC.AttributesSetFlags(attributes, SetSigDefault | SetSigMask | SetSession));
            _ = LibC.SigEmptySet(signals);
            _ = LibC.AttributesSetSigMask(attributes, signals);
            _ = LibC.SigFillSet(signals);
            _ = LibC.AttributesSetSigDefault(attributes, signals);

            // Moved out of the way first, above all of them: a target may be the number of one still to be placed.
            var count = start.Descriptors.Count;
            var parking = start.Descriptors.Select(d => (int)d.DangerousGetHandle()).Append(3 + count).Max() + 1;
            for (var i = 0; i < count; i++)
            {
                var ok = false;
                start.Descriptors[i].DangerousAddRef(ref ok);
                added.Add(start.Descriptors[i]);
                Check("adddup2", LibC.FileActionsAddDup2(actions, (int)start.Descriptors[i].DangerousGetHandle(), parking + i));
            }

            for (var i = 0; i < count; i++)
            {
                Check("adddup2", LibC.FileActionsAddDup2(actions, parking + i, 3 + i));
            }

            Check("addclosefrom", LibC.FileActionsAddCloseFrom(actions, 3 + count));
            Check("addopen", LibC.FileActionsAddOpen(actions, 0, "/dev/null", ReadOnly, 0));
            Check("addopen", LibC.FileActionsAddOpen(actions, 1, start.OutputPath, WriteOnly | Create | Append, 0x180));
            Check("adddup2", LibC.FileActionsAddDup2(actions, 1, 2));
            Check("addchdir", LibC.FileActionsAddChdir(actions, start.WorkingDirectory));

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

    private static void Check(string call, int errno)
    {
        if (errno != 0)
        {
            throw new OsException(call, errno);
        }
    }

    /// <summary>A NULL-terminated array of C strings.</summary>
    private sealed class StringVector : IDisposable
    {
        private readonly List<nint> _strings = [];

        internal StringVector(IEnumerable<string> strings)
        {
            foreach (var s in strings)
            {
                if (s.Contains('\0'))
                {
                    throw new ArgumentException("an argument holds a NUL character", nameof(strings));
                }

                _strings.Add(Marshal.StringToCoTaskMemUTF8(s));
            }

            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_strings.Count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _strings.Count; i++)
            {
                Pointer[i] = (byte*)_strings[i];
            }
        }

        internal byte** Pointer { get; }

        public void Dispose()
        {
            _strings.ForEach(Marshal.FreeCoTaskMem);
            NativeMemory.Free(Pointer);
        }
    }
}
