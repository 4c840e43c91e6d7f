using System.Text;

namespace Qvmc.Core.Json;

/// <summary>Turns byte offsets, which only grow, into lines and columns, in one pass over the text.</summary>
internal ref struct JsonLines(ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private int _lineStart;
    private int _line = 1;

    // Counted up to here, and not again: a long line with many values would cost the square.
    private int _counted;
    private int _column;

    /// <summary>The place of a byte that is not before one asked for earlier.</summary>
    public JsonPosition At(long offset)
    {
        var end = (int)Math.Clamp(offset, _counted, _utf8.Length);
        int newline;
        while ((newline = _utf8[_counted..end].IndexOf((byte)'\n')) >= 0)
        {
            BeginLine(_counted + newline + 1);
        }
        _column += Encoding.UTF8.GetCharCount(_utf8[_counted..end]);
        _counted = end;
        return new JsonPosition(_line, _column + 1);
    }

    /// <summary>The place of a byte within a line that is not before one asked for earlier.</summary>
    public JsonPosition At(int line, int byteInLine)
    {
        while (_line < line)
        {
            var newline = _utf8[_counted..].IndexOf((byte)'\n');
            if (newline < 0)
            {
                break;
            }
            BeginLine(_counted + newline + 1);
        }
        return At(_lineStart + (long)byteInLine);
    }

    private void BeginLine(int start)
    {
        (_lineStart, _counted, _column) = (start, start, 0);
        _line++;
    }
}
