using System.Text;
using CsCheck;

namespace Qvmc.Qmp.Tests;

public sealed class MessageReaderTests
{
    private static readonly Gen<string> s_message = Gen.OneOf(
        Gen.Int.Select(n => $$"""{"return": {{n}}}"""),
        Gen.Const("""{"text": "äöü \u00e9\ud83d\ude00 😀"}"""),
        Gen.Int[1, 3000].Select(n => $$"""{"long": "{{new string('x', n)}}"}"""));

    private static readonly byte[] s_syntax = [.. "{}[]\":,\\u\n\r dD89aA0"u8, MessageReader.Sentinel];

    private static readonly Gen<byte> s_likely = Gen.Int[0, s_syntax.Length - 1].Select(n => s_syntax[n]);

    [Fact]
    public void Messages_are_the_same_however_they_are_split() =>
        Gen.Select(s_message.List[0, 20], Gen.Int[1, 100].Array[1, 50], Gen.Bool).Sample((messages, pieces, sentinel) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(messages.Select(m => m + "\r\n")));
            var reader = new MessageReader(new PiecesStream(bytes, pieces), 1_000_000, 64, sentinel);
            foreach (var message in messages)
            {
                var read = Read(reader);
                Assert.Equal((MessageKind.Message, message), (read.Kind, read.Element.GetRawText()));
            }
            Assert.Equal(MessageRead.End(0), Read(reader));
        }, iter: 300);

    [Fact]
    public void No_bytes_make_it_throw_and_what_it_accepts_can_be_read() =>
        Gen.Select(Gen.OneOf(Gen.Byte, s_likely).Array[0, 400], Gen.Int[1, 20].Array[1, 10], Gen.Bool)
            .Sample((bytes, pieces, sentinel) =>
            {
                var reader = new MessageReader(new PiecesStream(bytes, pieces), 50, 8, sentinel);
                while (Read(reader) is { Kind: not MessageKind.End } read)
                {
                    if (read.Kind == MessageKind.Message)
                    {
                        Assert.All(read.Element.EnumerateObject(), p => Assert.NotNull(p.Name + p.Value));
                    }
                }
            }, iter: 2000);

    [Fact]
    public void What_follows_a_sentinel_is_read_however_much_came_before_it()
    {
        var bytes = (byte[])[.. new byte[80].Select(_ => (byte)'x'), MessageReader.Sentinel, .. "{\"return\": 5}\n"u8];
        for (var split = 1; split <= bytes.Length; split++)
        {
            var reader = new MessageReader(new PiecesStream(bytes, [split, bytes.Length]), 50, 8, sentinel: true);
            var read = Read(reader);
            // Of what came before it is told when it is seen to be too long before the sentinel is.
            Assert.Equal("{\"return\": 5}", (read.Kind == MessageKind.Violation ? Read(reader) : read).Element.GetRawText());
        }
    }

    [Fact]
    public void A_violation_can_be_printed() =>
        Assert.DoesNotContain(Read(new MessageReader(new PiecesStream([.. "t\u001b[31m\n"u8], [20]), 50, 8, sentinel: false)).Violation, char.IsControl);

    [Fact]
    public void Every_split_of_a_surrogate_pair_and_a_long_line_is_judged_alike()
    {
        foreach (var (line, kind) in new[]
        {
            ("""{"a": "\ud83d\ude00"}""", MessageKind.Message),
            ("""{"a": "\ud83d\u0041"}""", MessageKind.Violation),
            ("""{"a": "\ude00\ud83d"}""", MessageKind.Violation),
            ("""{"a": "\\ud83d"}""", MessageKind.Message),
            ("""{"\ud83d": 1}""", MessageKind.Violation),
            ("""{"a": "😀"}""", MessageKind.Message),
        })
        {
            var bytes = Encoding.UTF8.GetBytes(line + "\n");
            for (var split = 1; split < bytes.Length; split++)
            {
                Assert.Equal(kind, Read(new MessageReader(new PiecesStream(bytes, [split]), 100, 8, sentinel: false)).Kind);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_line_too_long_is_told_once_and_the_next_one_is_read(int piece)
    {
        var bytes = Encoding.UTF8.GetBytes(new string('x', 500) + "\n{\"a\": 1}\n");
        var reader = new MessageReader(new PiecesStream(bytes, [piece]), 100, 8, sentinel: false);
        Assert.Equal(MessageKind.Violation, Read(reader).Kind);
        Assert.Equal(MessageKind.Message, Read(reader).Kind);
        Assert.Equal(MessageKind.End, Read(reader).Kind);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void The_sentinel_voids_what_came_before_it_on_its_line(int piece)
    {
        byte[] bytes = [.. "{\"stale\": 1}\n{\"cut"u8, 0xFF, .. "x"u8, 0xFF, .. "{\"a\": 1}\n"u8, .. Enumerable.Repeat((byte)'x', 500), 0xFF, .. "{\"b\": 1}\n"u8];
        var reader = new MessageReader(new PiecesStream(bytes, [piece]), 100, 8, sentinel: true);
        Assert.True(Read(reader).Element.TryGetProperty("stale", out _));
        Assert.True(Read(reader).Element.TryGetProperty("a", out _));
        var next = Read(reader);
        if (next.Kind == MessageKind.Violation)
        {
            // It had to give up on the long line before it could see its end.
            next = Read(reader);
        }
        Assert.True(next.Element.TryGetProperty("b", out _));
    }

    [Fact]
    public void The_end_tells_how_much_of_a_message_it_cut_off()
    {
        var reader = new MessageReader(new PiecesStream("{\"a\": 1}\n{\"re"u8.ToArray(), [4]), 100, 8, sentinel: false);
        Assert.Equal(MessageKind.Message, Read(reader).Kind);
        Assert.Equal(MessageRead.End(4), Read(reader));
        Assert.Equal(MessageRead.End(0), Read(reader));
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using var stream = new BrokenPipeStream();
        var reader = new MessageReader(stream, 100, 8, sentinel: false);
        stream.Receive("{\"a\":");
        using var giveUp = new CancellationTokenSource();
        var reading = reader.ReadAsync(giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Soon());
        stream.Receive(" 1}\n");
        Assert.Equal("{\"a\": 1}", (await reader.ReadAsync(default).Soon()).Element.GetRawText());
    }

    // Everything is there already: it completes at once.
    private static MessageRead Read(MessageReader reader) => reader.ReadAsync(default).AsTask().GetAwaiter().GetResult();
}
