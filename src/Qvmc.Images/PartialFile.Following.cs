using Qvmc.Images.Fetching;

namespace Qvmc.Images;

// How followers hear of what is appended.
public sealed partial class PartialFile
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _news = NewNews();
    private Exception? _end;
    private bool _complete;
    private int _life;

    /// <summary>No more will come: followers read to the end, and end.</summary>
    public void Complete()
    {
        ThrowIfUnusable();
        lock (_gate)
        {
            _complete = true;
            Tell();
        }
    }

    /// <summary>
    /// Reads from the beginning and waits for more until <see cref="Complete"/>. Fails when the file is restarted,
    /// deleted or disposed of before.
    /// </summary>
    public Stream Follow()
    {
        ThrowIfDisposed();
        lock (_gate)
        {
            return new PartialFollower(this, _life);
        }
    }

    /// <summary>Bytes at a place, at least one; 0: the end. Waits for them.</summary>
    internal async ValueTask<int> ReadAsync(int life, long position, Memory<byte> buffer, CancellationToken ct)
    {
        while (true)
        {
            Task news;
            long there;
            lock (_gate)
            {
                ThrowIfOver(life);
                there = _length - position;
                if (there == 0 && _complete)
                {
                    return 0;
                }

                news = _news.Task;
            }

            if (there == 0)
            {
                await news.WaitAsync(ct);
                continue;
            }

            return await ReadAsync(life, position, buffer[..(int)Math.Min(buffer.Length, there)], there, ct);
        }
    }

    private async ValueTask<int> ReadAsync(int life, long position, Memory<byte> buffer, long there, CancellationToken ct)
    {
        try
        {
            var count = await RandomAccess.ReadAsync(_file, buffer, position, ct);
            lock (_gate)
            {
                // What was read may be of another life by now.
                ThrowIfOver(life);
            }

            return count > 0 ? count : throw new IOException($"{Path} was cut off by somebody else: {there} bytes more should be there");
        }
        catch (ObjectDisposedException)
        {
            throw new IOException($"{Path} was given up");
        }
    }

    private void ThrowIfOver(int life)
    {
        if (_end is not null)
        {
            throw new IOException($"{Path} was given up", _end);
        }

        if (_life != life)
        {
            throw new IOException($"{Path} began anew");
        }
    }

    private void ThrowIfComplete()
    {
        lock (_gate)
        {
            if (_complete)
            {
                throw new InvalidOperationException($"{Path} is complete");
            }
        }
    }

    private void Grow(long length)
    {
        lock (_gate)
        {
            _length = length;
            Tell();
        }
    }

    private void BeginAnew()
    {
        lock (_gate)
        {
            _life++;
            _length = 0;
            _complete = false;
            Tell();
        }
    }

    private void End(Exception why)
    {
        lock (_gate)
        {
            _end ??= why;
            Tell();
        }
    }

    // The caller holds the gate.
    private void Tell()
    {
        _news.TrySetResult();
        _news = NewNews();
    }

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
