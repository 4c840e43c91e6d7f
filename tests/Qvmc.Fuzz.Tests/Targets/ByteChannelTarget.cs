using System.IO.Pipelines;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Hosting.ByteChannels;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>How a connection begins: a greeting is read and what follows it left, however it is cut up; all else is left whole.</summary>
internal sealed class ByteChannelTarget : FuzzTarget
{
    public override string Name => "byte-channel";

    public override IReadOnlyList<string> Words => ["qvmc-bytes/1 ", "qvmc-bytes/2 ", "0123456789abcdef", "\n", "\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"];

    public override void Run(byte[] input)
    {
        var (name, rest) = Read(input, input.Length);
        var (sameName, sameRest) = Read(input, 1);
        Assert.Equal((name, rest.Length), (sameName, sameRest.Length));
        if (name is not null && ByteChannelGreeting.IsName(name))
        {
            Assert.Equal(input, ByteChannelGreeting.Of(name).Concat(rest));
            return;
        }

        Assert.Equal(name is null ? input : input[ByteChannelGreeting.Length..], rest);
    }

    private static (string? Name, byte[] Left) Read(byte[] input, int pieceBytes)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var reading = ByteChannelGreeting.ReadAsync(pipe.Reader, CancellationToken.None).AsTask();
        foreach (var piece in input.Chunk(Math.Max(1, pieceBytes)))
        {
            pipe.Writer.WriteAsync(piece).AsTask().GetAwaiter().GetResult();
        }

        pipe.Writer.Complete();
        var name = reading.GetAwaiter().GetResult();
        using var rest = new MemoryStream();
        pipe.Reader.AsStream().CopyTo(rest);
        return (name, rest.ToArray());
    }
}
