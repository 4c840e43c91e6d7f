using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Hosting.Chunks;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.Tests.Chunks;

public sealed class ChunkMarshallerTests
{
    private static readonly Marshaller<UploadImageRequest> Marshaller =
        ChunkMarshaller.Of(UploadImageRequest.Parser, UploadImageRequest.ChunkFieldNumber, chunk => new UploadImageRequest { Chunk = chunk });

    public static TheoryData<UploadImageRequest> Messages =>
    [
        new UploadImageRequest(),
        new UploadImageRequest { Header = new UploadHeader { Name = "i", Replace = true } },
        new UploadImageRequest { Chunk = ByteString.Empty },
        new UploadImageRequest { Chunk = ByteString.CopyFrom(7) },
        new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(127)) },
        new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(128)) },
        new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(262_144)) },
        new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(1 << 20)) },
        new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(3_000_001)) },
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Reads_whatever_was_written(UploadImageRequest message)
    {
        var bytes = message.ToByteArray();

        foreach (var segment in new[] { 1, 3, 4096, bytes.Length + 1 })
        {
            var read = Marshaller.ContextualDeserializer(new Payload(bytes, segment));

            Assert.Equal(message, read);
            Assert.Equal(message.PartCase, read.PartCase);
            ChunkMarshaller.Return(read.Chunk);
        }
    }

    [Fact]
    public void Uses_an_array_again()
    {
        var bytes = new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(200_000)) }.ToByteArray();
        var first = Marshaller.ContextualDeserializer(new Payload(bytes, 4096)).Chunk;
        ChunkMarshaller.Return(first);

        var second = Marshaller.ContextualDeserializer(new Payload(bytes, 4096)).Chunk;

        Assert.Same(ArrayOf(first), ArrayOf(second));
    }

    [Fact]
    public void What_is_more_than_a_chunk_is_read_as_protobuf_says()
    {
        byte[] twice = [.. new UploadImageRequest { Chunk = ByteString.CopyFromUtf8("first") }.ToByteArray(), .. new UploadImageRequest { Chunk = ByteString.CopyFromUtf8("last") }.ToByteArray()];

        Assert.Equal("last", Marshaller.ContextualDeserializer(new Payload(twice, 2)).Chunk.ToStringUtf8());
    }

    [Theory]
    [InlineData(new byte[] { 0x12 })]
    [InlineData(new byte[] { 0x12, 0x05, 1, 2 })]
    [InlineData(new byte[] { 0x12, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1 })]
    [InlineData(new byte[] { 0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 })]
    public void What_is_no_message_is_refused(byte[] bytes) =>
        Assert.Throws<InvalidProtocolBufferException>(() => Marshaller.ContextualDeserializer(new Payload(bytes, 1)));

    [Fact]
    public async Task A_reader_gives_each_array_back_when_the_next_is_asked_for()
    {
        var bytes = new UploadImageRequest { Chunk = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(70_000)) }.ToByteArray();
        var reader = new ChunkReader<UploadImageRequest>(new Repeating(() => Marshaller.ContextualDeserializer(new Payload(bytes, 4096)), 3), request => request.Chunk);
        var arrays = new List<byte[]>();
        while (await reader.MoveNext(CancellationToken.None))
        {
            arrays.Add(ArrayOf(reader.Current.Chunk));
        }

        Assert.Equal(3, arrays.Count);
        Assert.Single(arrays.Distinct());
        Assert.Throws<InvalidOperationException>(() => reader.Current);
    }

    private static byte[] ArrayOf(ByteString chunk) => MemoryMarshal.TryGetArray(chunk.Memory, out var segment) ? segment.Array! : throw new InvalidOperationException();

    private sealed class Repeating(Func<UploadImageRequest> make, int times) : IAsyncStreamReader<UploadImageRequest>
    {
        private int _left = times;

        public UploadImageRequest Current { get; private set; } = null!;

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            Current = _left > 0 ? make() : null!;
            return Task.FromResult(_left-- > 0);
        }
    }

    private sealed class Payload(byte[] bytes, int segment) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => [.. bytes];

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence()
        {
            var first = new Segment(bytes.AsMemory(0, Math.Min(segment, bytes.Length)), 0);
            var last = first;
            for (var at = segment; at < bytes.Length; at += segment)
            {
                last = last.Append(bytes.AsMemory(at, Math.Min(segment, bytes.Length - at)));
            }
            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
