using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Qvmc.Qmp;

/// <summary>Checks of text that may lie in several pieces.</summary>
internal static class Utf8Text
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsValid(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return System.Text.Unicode.Utf8.IsValid(bytes.FirstSpan);
        }
        if (IsAscii(bytes))
        {
            return true;
        }
        // A character may be split between two pieces: only the decoder remembers its first half.
        var decoder = s_strict.GetDecoder();
        Span<char> sink = stackalloc char[512];
        try
        {
            foreach (var part in bytes)
            {
                var rest = part.Span;
                while (!rest.IsEmpty)
                {
                    decoder.Convert(rest, sink, flush: false, out var used, out _, out _);
                    rest = rest[used..];
                }
            }
            decoder.Convert([], sink, flush: true, out _, out _, out _);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether every \uD800..\uDBFF is followed by \uDC00..\uDFFF, and every such one preceded.
    /// <paramref name="json"/> has to be valid JSON otherwise.
    /// </summary>
    public static bool SurrogatesArePaired(ReadOnlySequence<byte> json)
    {
        var reader = new SequenceReader<byte>(json);
        while (reader.TryAdvanceTo((byte)'\\'))
        {
            if (!ReadUnit(ref reader, out var unit))
            {
                continue;
            }
            if (char.IsLowSurrogate(unit))
            {
                return false;
            }
            if (char.IsHighSurrogate(unit)
                && !(reader.IsNext((byte)'\\', advancePast: true) && ReadUnit(ref reader, out var low) && char.IsLowSurrogate(low)))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Reads behind a backslash: uXXXX as its number, or one other character and false.</summary>
    private static bool ReadUnit(ref SequenceReader<byte> reader, out char unit)
    {
        unit = default;
        Span<byte> digits = stackalloc byte[4];
        if (!reader.TryRead(out var kind) || kind != (byte)'u' || !reader.TryCopyTo(digits))
        {
            return false;
        }
        reader.Advance(digits.Length);
        if (!Utf8Parser.TryParse(digits, out ushort value, out _, 'x'))
        {
            return false;
        }
        unit = (char)value;
        return true;
    }

    private static bool IsAscii(ReadOnlySequence<byte> bytes)
    {
        foreach (var part in bytes)
        {
            if (!Ascii.IsValid(part.Span))
            {
                return false;
            }
        }
        return true;
    }
}
