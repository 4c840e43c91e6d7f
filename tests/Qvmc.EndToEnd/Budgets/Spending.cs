using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Qvmc.EndToEnd.Budgets;

/// <summary>What may be spent, by bench/budgets.json, where every figure is one that load and hardware don't move.</summary>
internal static class Spending
{
    /// <summary>Fails when more was spent, and when so much less that the budget no longer guards anything.</summary>
    public static void Within(string name, long spent)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "bench", "budgets.json")));
        var budget = file.RootElement.GetProperty(name).GetInt64();
        Assert.True(spent <= budget, $"{name}: {spent} were spent, and the budget is {budget}; see docs/performance.md");
        Assert.True(spent >= budget * 0.6, $"{name}: only {spent} were spent of a budget of {budget}: lower it in bench/budgets.json, so that it stays so");
    }

    private static string Root([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
