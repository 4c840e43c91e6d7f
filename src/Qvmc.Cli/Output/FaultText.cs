using Qvmc.Core.Faults;

namespace Qvmc.Cli.Output;

/// <summary>Faults as people read them: one line, and one for each field.</summary>
internal static class FaultText
{
    private const int MaxTail = 20;
    private const string DebugVariable = "QVMC_DEBUG";

    /// <summary>Writes a fault.</summary>
    public static void Write(Terminal terminal, FaultException fault) => Write(terminal, fault, subject: null);

    /// <summary>Writes a fault of one of several things.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="fault">The fault.</param>
    /// <param name="subject">Which thing; null when there is only one, or when the message names it.</param>
    public static void Write(Terminal terminal, FaultException fault, string? subject)
    {
        var prefix = subject is null || fault.Message.Contains($"\"{subject}\"", StringComparison.Ordinal) ? "qvmc: " : $"qvmc: {subject}: ";
        if (fault.Fields.Count > 1)
        {
            terminal.Error.WriteLine($"{prefix}{fault.Fields.Count} fields are at fault:");
            foreach (var field in fault.Fields)
            {
                terminal.Error.WriteLine($"  {Plain.Line(field.Field)}: {Plain.Line(field.Message)}");
            }
        }
        else
        {
            // A message may bring the end of a console with it.
            var lines = fault.Message.Split('\n', 2);
            terminal.Error.WriteLine(prefix + Plain.Line(lines[0]).TrimEnd());
            foreach (var line in lines.Length > 1 ? Plain.Tail(lines[1], MaxTail) : [])
            {
                terminal.Error.WriteLine($"  | {line}");
            }
        }

        WriteTrace(terminal, fault);
    }

    /// <summary>Writes a defect.</summary>
    public static void Write(Terminal terminal, Exception defect)
    {
        terminal.Error.WriteLine($"qvmc: {Plain.Line(defect.Message)} (a defect; {DebugVariable}=1 shows where)");
        WriteTrace(terminal, defect);
    }

    private static void WriteTrace(Terminal terminal, Exception exception)
    {
        if (terminal.Environment(DebugVariable) is { Length: > 0 } and not "0")
        {
            terminal.Error.WriteLine(exception.ToString());
        }
    }
}
