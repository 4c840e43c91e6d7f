namespace Qvmc.Os.Processes;

/// <summary>Finds processes by what they were started with.</summary>
public static class ProcessSearch
{
    /// <summary>Those of which an argument is as wanted, that we may look at: all of them for root, else our own.</summary>
    public static IEnumerable<ProcessIdentity> ByArgument(Func<string, bool> isWanted) => IProcessTable.Host.Pids()
        .Where(pid => IProcessTable.Host.ArgumentsOf(pid).Any(isWanted))
        .Select(ProcessIdentity.Of)
        .OfType<ProcessIdentity>();
}
