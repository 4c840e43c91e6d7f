using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Buffers for connections. Kestrel's own have 4 KiB, and so has each of its reads from a socket; an image of some
/// gigabytes is then half a million calls into the kernel, and as many turns of a thread. A connection that waits for
/// data holds none, and so larger ones cost nothing.
/// </summary>
internal sealed class LargeBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockBytes = 64 << 10;

    // Those that are given back beyond these go to the garbage collector.
    private const int MostFree = 64;

    private readonly ConcurrentQueue<Block> _free = new();

    public override int MaxBufferSize => BlockBytes;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlocks();

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        var block = _free.TryDequeue(out var free) ? free : new Block(this);
        block.IsOut = true;
        return block;
    }

    protected override void Dispose(bool disposing) => _free.Clear();

    private void Return(Block block)
    {
        if (_free.Count < MostFree)
        {
            _free.Enqueue(block);
        }
    }

    private sealed class Block(LargeBlocks pool) : IMemoryOwner<byte>
    {
        // Pinned: the kernel reads and writes it while the collector may run.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public bool IsOut { get; set; }

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (IsOut)
            {
                IsOut = false;
                pool.Return(this);
            }
        }
    }
}
