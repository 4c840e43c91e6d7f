using Qvmc.Core.Drills;

namespace Qvmc.Faults.Harness;

/// <summary>What one daemon is to do at which step, and which steps it has reached: see FaultDrill.</summary>
public sealed class Drill
{
    private const string Passed = "passed";
    private readonly string _order;
    private readonly string _reached;
    private int _id;

    public Drill(string directory)
    {
        Directory = System.IO.Directory.CreateDirectory(directory).FullName;
        (_order, _reached) = (Path.Combine(directory, "order"), Path.Combine(directory, "reached"));
        File.WriteAllText(_reached, "");
    }

    public string Directory { get; }

    /// <summary>From now on the daemon fails at the NTH time it comes there, and whenever it comes there later.</summary>
    public void Arm(FaultStep step, FaultAction action, int nth = 1)
    {
        File.WriteAllText(_reached, "");
        File.WriteAllText(_order + ".new", $"{step} {action} {nth} {++_id}");
        File.Move(_order + ".new", _order, overwrite: true);
    }

    /// <summary>It goes on as ever.</summary>
    public void Disarm() => File.Delete(_order);

    /// <summary>Begins to note anew which steps are reached.</summary>
    public void Forget() => File.WriteAllText(_reached, "");

    /// <summary>How often each step was reached.</summary>
    public IReadOnlyDictionary<FaultStep, int> Reached() => Lines()
        .Select(l => l.Split(' '))
        .Where(l => l is [_] or [_, Passed])
        .GroupBy(l => Enum.Parse<FaultStep>(l[0]))
        .ToDictionary(g => g.Key, g => g.Count());

    /// <summary>Whether it was there where nothing can fail.</summary>
    public bool HasPassed(FaultStep step) => Lines().Contains($"{step} {Passed}");

    /// <summary>How often it failed there.</summary>
    public int Acted(FaultStep step, FaultAction action) => Lines().Count(l => l == $"{step} {action}");

    // A line may be half written yet.
    private IEnumerable<string> Lines()
    {
        var text = File.ReadAllText(_reached);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
