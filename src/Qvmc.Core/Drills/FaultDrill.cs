using System.Diagnostics;

namespace Qvmc.Core.Drills;

/// <summary>
/// Carries out what the file <c>order</c> of a directory says, looked at anew at each step: <c>STEP ACTION NTH ID</c>, which
/// is to happen at the NTH time that the step is reached since there is this order, and at every later time. The file
/// <c>reached</c> beside it grows by a line for each step, and by one for each time that something happens there.
/// </summary>
internal sealed class FaultDrill
{
    private static readonly TimeSpan StallStep = TimeSpan.FromMilliseconds(5);
    private readonly Lock _lock = new();
    private readonly string _order;
    private readonly string _reached;
    private string _current = "";
    private int _count;

    private FaultDrill(string directory) =>
        (Directory, _order, _reached) = (directory, Path.Combine(directory, "order"), Path.Combine(directory, "reached"));

    internal string Directory { get; }

    internal static FaultDrill? Of(string? directory) => string.IsNullOrEmpty(directory) ? null : new FaultDrill(directory);

    internal void Reach(FaultStep step, bool canFail)
    {
        string text;
        lock (_lock)
        {
            File.AppendAllText(_reached, canFail ? $"{step}\n" : $"{step} passed\n");
            text = Order();
            if (text != _current)
            {
                (_current, _count) = (text, 0);
            }

            if (Parse(text) is not { } order || order.Step != step || !(canFail || order.Action is FaultAction.Crash or FaultAction.Stall) || ++_count < order.Nth)
            {
                return;
            }

            File.AppendAllText(_reached, $"{step} {order.Action}\n");
        }

        Act(Parse(text)!.Value.Action, step, text);
    }

    private void Act(FaultAction action, FaultStep step, string text)
    {
        switch (action)
        {
            case FaultAction.Crash:
                using (var self = Process.GetCurrentProcess())
                {
                    self.Kill();
                }

                Thread.Sleep(Timeout.Infinite);
                break;
            case FaultAction.Stall:
                while (Order() == text)
                {
                    Thread.Sleep(StallStep);
                }

                break;
            case FaultAction.Enospc:
                throw Failure(28, "No space left on device");
            case FaultAction.Eio:
                throw Failure(5, "Input/output error");
            case FaultAction.Emfile:
                throw Failure(24, "Too many open files");
        }

        // As .NET tells of errors of the kernel: by their number in HResult.
        IOException Failure(int number, string message) => new($"{message} (drill at {step})", number);
    }

    // It is replaced whole, by a rename.
    private string Order()
    {
        try
        {
            return File.ReadAllText(_order).Trim();
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    private static (FaultStep Step, FaultAction Action, int Nth)? Parse(string order) => order.Split(' ') is [var step, var action, var nth, _]
        ? (Enum.Parse<FaultStep>(step), Enum.Parse<FaultAction>(action), int.Parse(nth, System.Globalization.CultureInfo.InvariantCulture))
        : null;
}
