using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>Changes inputs a little, as AFL does, with the pieces of others and the words of the target.</summary>
internal sealed class Mutator(FuzzTarget target, Random random)
{
    private static readonly long[] s_interesting =
    [
        0, 1, -1, 2, 7, 8, 16, 32, 63, 64, 100, 127, 128, 255, 256, 511, 512, 513, 1023, 1024, 4095, 4096, 32767, 32768, 65535, 65536,
        int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue, long.MaxValue / 512,
    ];

    private readonly byte[][] _words = [.. target.Words.Select(Encoding.UTF8.GetBytes)];

    public byte[] Mutate(IReadOnlyList<byte[]> corpus)
    {
        var bytes = new List<byte>(corpus[random.Next(corpus.Count)]);
        for (var left = 1 << random.Next(0, 5); left > 0; left--)
        {
            if (target.KeepsPlaces)
            {
                Overwrite(bytes);
            }
            else
            {
                Change(bytes, corpus);
            }
        }

        return bytes.Count > target.MaxLength ? [.. bytes.Take(target.MaxLength)] : [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        switch (random.Next(9))
        {
            case 0 or 1:
                Overwrite(bytes);
                break;
            case 2:
                Remove(bytes);
                break;
            case 3 or 4 when _words.Length > 0:
                bytes.InsertRange(random.Next(bytes.Count + 1), _words[random.Next(_words.Length)]);
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count + 1), Piece(corpus[random.Next(corpus.Count)]));
                break;
            case 6:
                Repeat(bytes);
                break;
            case 7:
                var (to, piece) = (random.Next(bytes.Count + 1), Piece(corpus[random.Next(corpus.Count)]));
                bytes.RemoveRange(to, Math.Min(piece.Length, bytes.Count - to));
                bytes.InsertRange(to, piece);
                break;
            default:
                bytes.InsertRange(random.Next(bytes.Count + 1), Encoding.ASCII.GetBytes($"{s_interesting[random.Next(s_interesting.Length)]}"));
                break;
        }
    }

    private void Overwrite(List<byte> bytes)
    {
        if (bytes.Count == 0)
        {
            return;
        }

        var at = random.Next(bytes.Count);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = (byte)(bytes[at] + random.Next(-8, 9));
                break;
            case 3:
                Put(bytes, at, Number(random.Next(4)));
                break;
            default:
                Put(bytes, at, _words.Length > 0 ? _words[random.Next(_words.Length)] : Number(1));
                break;
        }
    }

    // What grows faster than its input shows by many of a kind.
    private void Repeat(List<byte> bytes)
    {
        var piece = Piece([.. bytes]);
        var at = random.Next(bytes.Count + 1);
        for (var count = random.Next(16) == 0 ? target.MaxLength : random.Next(1, 9); count > 0 && piece.Length > 0 && bytes.Count < target.MaxLength; count--)
        {
            bytes.InsertRange(at, piece);
        }
    }

    private void Remove(List<byte> bytes)
    {
        if (bytes.Count > 0)
        {
            var at = random.Next(bytes.Count);
            bytes.RemoveRange(at, random.Next(1, Math.Min(bytes.Count - at, random.Next(2) == 0 ? 4 : bytes.Count) + 1));
        }
    }

    private byte[] Piece(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return [];
        }

        var at = random.Next(bytes.Length);
        return bytes[at..(at + random.Next(1, Math.Min(bytes.Length - at, 64) + 1))];
    }

    private byte[] Number(int size)
    {
        var (number, bytes) = (s_interesting[random.Next(s_interesting.Length)], new byte[8]);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            return bytes[..(1 << size)];
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes[^(1 << size)..];
    }

    private static void Put(List<byte> bytes, int at, byte[] piece)
    {
        for (var i = 0; i < piece.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = piece[i];
        }
    }
}
