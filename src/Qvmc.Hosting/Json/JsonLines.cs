using System.Text;

namespace Qvmc.Hosting.Json;

/// <summary>Turns byte offsets, which only grow, into lines and columns, in one pass over the text.</summary>
internal ref struct JsonLines(ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private int _lineStart;
    private int _line = 1;

    /// <summary>The place of a byte that is not before one asked for earlier.</summary>
    public JsonPosition At(long offset)
    {
        var end = (int)Math.Min(offset, _utf8.Length);
        int newline;
        while ((newline = _utf8[_lineStart..end].IndexOf((byte)'\n')) >= 0)
        {
            _lineStart += newline + 1;
            _line++;
        }
        return new JsonPosition(_line, Encoding.UTF8.GetCharCount(_utf8[_lineStart..end]) + 1);
    }

    /// <summary>The place of a byte within a line that is not before one asked for earlier.</summary>
    public JsonPosition At(int line, int byteInLine)
    {
        while (_line < line)
        {
            var newline = _utf8[_lineStart..].IndexOf((byte)'\n');
            if (newline < 0)
            {
                break;
            }
            _lineStart += newline + 1;
            _line++;
        }
        return At(_lineStart + (long)byteInLine);
    }
}
