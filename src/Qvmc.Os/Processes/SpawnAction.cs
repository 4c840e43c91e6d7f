namespace Qvmc.Os.Processes;

/// <summary>What posix_spawn(3) does in the child before the program runs.</summary>
internal abstract record SpawnAction
{
    /// <summary>Makes a descriptor a copy of another.</summary>
    internal sealed record Duplicate(int From, int To) : SpawnAction;

    /// <summary>Closes a descriptor.</summary>
    internal sealed record Close(int Descriptor) : SpawnAction;

    /// <summary>Closes all from this one upwards.</summary>
    internal sealed record CloseFrom(int Descriptor) : SpawnAction;

    /// <summary>Opens a file.</summary>
    internal sealed record Open(int Descriptor, string Path, int Flags, uint Mode) : SpawnAction;

    /// <summary>Changes the working directory.</summary>
    internal sealed record ChangeDirectory(string Path) : SpawnAction;
}
