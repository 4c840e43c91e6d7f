namespace Qvmc.Os.Processes;

/// <summary>In what posix_spawn(3) differs between hosts.</summary>
internal sealed record SpawnAbi
{
    // The same on both (spawn.h): POSIX_SPAWN_SETSIGDEF, POSIX_SPAWN_SETSIGMASK.
    private const short SetSignals = 0x04 | 0x08;

    /// <summary>glibc's: spawn.h (POSIX_SPAWN_SETSID), asm-generic/fcntl.h.</summary>
    internal static SpawnAbi Linux { get; } = new() { Flags = SetSignals | 0x80, CreateAndAppend = 0x40 | 0x400, ClosesByDefault = false, Catchable = null };

    /// <summary>
    /// macOS': sys/spawn.h (POSIX_SPAWN_SETSID, POSIX_SPAWN_CLOEXEC_DEFAULT), sys/fcntl.h; sigset_t is 32 bits, signal 1 the
    /// lowest, and SIGKILL (9) and SIGSTOP (17) have nothing to be reset.
    /// </summary>
    internal static SpawnAbi MacOS { get; } = new()
    {
        Flags = SetSignals | 0x400 | 0x4000,
        CreateAndAppend = 0x200 | 0x8,
        ClosesByDefault = true,
        Catchable = 0x7fff_ffff & ~(1u << (9 - 1)) & ~(1u << (17 - 1)),
    };

    /// <summary>This host's.</summary>
    internal static SpawnAbi Host => OperatingSystem.IsMacOS() ? MacOS : Linux;

    /// <summary>For posix_spawnattr_setflags: signals as told, a session of its own.</summary>
    internal required short Flags { get; init; }

    /// <summary>O_CREAT and O_APPEND.</summary>
    internal required int CreateAndAppend { get; init; }

    /// <summary>The child gets only what an action made; else it gets all that is not closed.</summary>
    internal required bool ClosesByDefault { get; init; }

    /// <summary>The set of signals to reset; null: all that sigfillset(3) knows.</summary>
    internal required uint? Catchable { get; init; }
}
