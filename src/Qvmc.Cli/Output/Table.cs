using System.Text;
using Spectre.Console;

namespace Qvmc.Cli.Output;

/// <summary>
/// Rows under a heading. Off a terminal the columns are padded with spaces and never cut, so that what a script or a
/// ticket holds does not depend on a window; on a terminal the heading and the states have colours.
/// </summary>
internal sealed class Table(params string[] headings)
{
    private const int Gap = 2;
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row; empty cells are shown as "-".</summary>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, headings.Length);
        _rows.Add([.. cells.Select(cell => Plain.Line(cell) is { Length: > 0 } text ? text : "-")]);
    }

    /// <summary>Prints the table.</summary>
    public void Write(Terminal terminal)
    {
        if (terminal is { OutputIsTerminal: true, AllowsMovement: true })
        {
            WriteRich(terminal);
            return;
        }

        int[] widths = [.. headings.Select((heading, column) => _rows.Select(row => row[column].Length).Append(heading.Length).Max())];
        WriteRow(terminal.Out, headings, widths);
        foreach (var row in _rows)
        {
            WriteRow(terminal.Out, row, widths);
        }
    }

    private void WriteRich(Terminal terminal)
    {
        var table = new Spectre.Console.Table().NoBorder();
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(heading, new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, Gap, 0) });
        }

        foreach (var row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell, StateStyle.Of(cell))));
        }

        terminal.Out.Flush();
        RichConsole.Create(terminal, terminal.Out, interactive: false).Write(table);
    }

    private static void WriteRow(TextWriter writer, string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var column = 0; column < cells.Length; column++)
        {
            line.Append(cells[column]);
            if (column < cells.Length - 1)
            {
                line.Append(' ', widths[column] - cells[column].Length + Gap);
            }
        }

        writer.Write(line.ToString().TrimEnd() + "\n");
    }
}
