using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;

namespace Qvmc.Hosting.Chunks;

/// <summary>
/// Reads messages that are mostly one field of many bytes, such as those of an upload, into arrays that are used again.
/// The generated reader makes a new one for each; of that size they go where only a collection of the whole heap finds
/// them, and those collections cost an upload more than everything else that is done with its bytes.
/// </summary>
public static class ChunkMarshaller
{
    // The contract's largest chunk. Larger ones are read, but their arrays are not used again.
    private const int MaxBytes = 1 << 20;

    // Of each size. Whoever reads chunks holds one at a time.
    private const int MostFree = 8;

    private static readonly ArrayPool<byte> Arrays = ArrayPool<byte>.Create(MaxBytes, MostFree);

    /// <summary>A marshaller that writes as the generated one does, and reads chunks into such arrays.</summary>
    /// <param name="parser">Reads what is no chunk.</param>
    /// <param name="field">Number of the field that has the bytes, at most 15.</param>
    /// <param name="ofChunk">Makes a message of a chunk.</param>
    public static Marshaller<T> Of<T>(MessageParser<T> parser, int field, Func<ByteString, T> ofChunk)
        where T : class, IMessage<T>
    {
        var tag = (byte)WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited);
        return Marshallers.Create(Write, context => Read(context.PayloadAsReadOnlySequence(), tag, ofChunk) ?? parser.ParseFrom(context.PayloadAsReadOnlySequence()));
    }

    /// <summary>Writes a message as generated code does.</summary>
    public static void Write<T>(T message, SerializationContext context)
        where T : IMessage
    {
        context.SetPayloadLength(message.CalculateSize());
        message.WriteTo(context.GetBufferWriter());
        context.Complete();
    }

    /// <summary>Gives a chunk's array back, once. Nobody may look at the chunk any more.</summary>
    public static void Return(ByteString chunk)
    {
        // What the generated reader made of the same size will do as well.
        if (MemoryMarshal.TryGetArray(chunk.Memory, out var bytes) && bytes.Array is { Length: >= 16 and <= MaxBytes } array && BitOperations.IsPow2(array.Length))
        {
            Arrays.Return(array);
        }
    }

    // Null: it is not one chunk and nothing else.
    private static T? Read<T>(ReadOnlySequence<byte> payload, byte tag, Func<ByteString, T> ofChunk)
        where T : class
    {
        var reader = new SequenceReader<byte>(payload);
        if (!reader.TryRead(out var first) || first != tag || ReadLength(ref reader) != reader.Remaining || reader.Remaining == 0)
        {
            return null;
        }
        var bytes = reader.UnreadSequence;
        var array = Arrays.Rent((int)bytes.Length);
        bytes.CopyTo(array);
        return ofChunk(UnsafeByteOperations.UnsafeWrap(array.AsMemory(0, (int)bytes.Length)));
    }

    // Protobuf's varint: seven bits a byte, the least first. -1: it is none, or too large for us.
    private static long ReadLength(ref SequenceReader<byte> reader)
    {
        var length = 0L;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (!reader.TryRead(out var part))
            {
                return -1;
            }
            length |= (long)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return length;
            }
        }
        return -1;
    }
}
