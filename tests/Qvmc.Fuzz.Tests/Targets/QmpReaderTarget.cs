using System.Text.Json;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Qmp;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// The reader of QMP and of the agent's lines: never throws, says the same however the bytes are cut, and whatever it lets
/// through can be read and is the same when it is written and read again.
/// </summary>
internal sealed class QmpReaderTarget : FuzzTarget
{
    private const int LongestMessage = 600, Deepest = 8;

    public override string Name => "qmp-reader";

    public override IReadOnlyList<string> Words => ["\r\n", "\n", "{", "}", "[", "]", "\"", "\\u", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "{\"return\": {}}\r\n", "{\"event\": \"STOP\"}\n", "😀"];

    // It is read six times, and each line that is no JSON costs a message and an exception: two bytes of input are enough for one.
    public override long MaxSteps(int length) => 200_000 + (3000L * length);

    public override long MaxAllocated(int length) => (16L << 20) + (20_000L * length);

    public override void Run(byte[] input)
    {
        foreach (var sentinel in (bool[])[false, true])
        {
            var whole = Read(input, sentinel, int.MaxValue);
            Assert.Equal(whole, Read(input, sentinel, 1));
            Assert.Equal(whole, Read(input, sentinel, 3, 64, 5));
        }
    }

    private static List<(MessageKind Kind, string Text)> Read(byte[] input, bool sentinel, params int[] pieces)
    {
        var reader = new MessageReader(new PiecesStream(input, pieces), LongestMessage, Deepest, sentinel);
        var found = new List<(MessageKind Kind, string Text)>();
        while (true)
        {
            var read = reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Assert.True(found.Count <= input.Length, "it found more messages than there are bytes");
            if (read.Kind == MessageKind.End)
            {
                return found;
            }

            // How long a line is that is too long, and what it begins with, depends on when its length was seen.
            // Nor does it matter to anybody of what a sentinel voids.
            if (sentinel && read.Violation.Contains("longer than", StringComparison.Ordinal))
            {
                continue;
            }

            found.Add((read.Kind, read.Kind == MessageKind.Message ? Again(read.Element) : read.Violation.Contains("longer than", StringComparison.Ordinal) ? "long" : read.Violation));
        }
    }

    private static string Again(JsonElement message)
    {
        Assert.Equal(JsonValueKind.Object, message.ValueKind);
        foreach (var property in message.EnumerateObject())
        {
            Assert.NotNull(property.Name);
        }

        var text = message.GetRawText();
        Assert.True(text.Length <= LongestMessage, "a message is longer than allowed");
        var once = JsonSerializer.SerializeToUtf8Bytes(message);
        Assert.Equal(once, JsonSerializer.SerializeToUtf8Bytes(JsonElement.Parse(once)));
        return text;
    }
}
