using System.Runtime.InteropServices;

namespace Qvmc.Os.Processes;

/// <summary>What to start, for <see cref="DetachedProcess"/>.</summary>
public sealed class DetachedStart
{
    /// <summary>Absolute path of the program.</summary>
    public required string Program { get; init; }

    /// <summary>Its arguments, without argv[0]. Never through a shell.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its whole environment; nothing is inherited.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Working directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>File that standard output and error are appended to; made with mode 0600.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Descriptors it inherits, from 3 upwards in this order; all others are closed.</summary>
    public IReadOnlyList<SafeHandle> Descriptors { get; init; } = [];
}
