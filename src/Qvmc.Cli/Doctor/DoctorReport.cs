using System.Text.Json.Nodes;
using Qvmc.Cli.Output;

namespace Qvmc.Cli.Doctor;

/// <summary>All findings, for people and for programs.</summary>
internal static class DoctorReport
{
    /// <summary>Prints them.</summary>
    /// <returns>The exit code: failure when any check failed.</returns>
    public static int Write(Printer printer, IReadOnlyList<Finding> findings)
    {
        printer.Node(() => Json(findings), terminal => WriteLines(terminal, findings));
        return findings.Any(finding => finding.Outcome == Outcome.Fail) ? ExitCode.Failure : ExitCode.Success;
    }

    private static JsonObject Json(IReadOnlyList<Finding> findings)
    {
        var checks = new JsonArray([.. findings.Select(JsonNode (finding) => new JsonObject
        {
            ["check"] = finding.Check,
            ["outcome"] = finding.Outcome.ToString().ToLowerInvariant(),
            ["detail"] = finding.Detail,
            ["fix"] = finding.Fix,
        })]);
        return new JsonObject { ["ok"] = findings.All(finding => finding.Outcome != Outcome.Fail), ["checks"] = checks };
    }

    private static void WriteLines(Terminal terminal, IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(finding => finding.Check.Length);
        foreach (var finding in findings)
        {
            var word = finding.Outcome switch
            {
                Outcome.Ok => "ok  ",
                Outcome.Warn => "warn",
                Outcome.Fail => "FAIL",
            };
            terminal.Out.Write($"{word}  {finding.Check.PadRight(width)}  {Plain.Line(finding.Detail)}\n");
            if (finding.Fix.Length > 0)
            {
                terminal.Out.Write($"      {"".PadRight(width)}  -> {Plain.Line(finding.Fix)}\n");
            }
        }
    }
}
