using Microsoft.Win32.SafeHandles;
using Qvmc.Images.Intake;

namespace Qvmc.Images.Tests.Intake;

public sealed class SparseStreamTests : IDisposable
{
    private const int MiB = 1 << 20;
    private readonly string _path = Path.GetTempFileName();
    private readonly SafeFileHandle _file;

    public SparseStreamTests() => _file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite);

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_holes_there_are_the_bytes_are_the_file_s(int seed)
    {
        var random = new Random(seed);
        var length = 0L;
        for (var part = 0; part < 30; part++)
        {
            // Holes and data of a few bytes to some MiB, on boundaries of blocks and beside them.
            length += random.Next(3) == 0 ? random.Next(3) * 4096 : random.Next(3 * MiB);
            var data = new byte[random.Next(3) == 0 ? random.Next(10_000) : random.Next(2 * MiB)];
            random.NextBytes(data);
            RandomAccess.Write(_file, data, length);
            length += data.Length;
        }

        length += seed % 2 * random.Next(3 * MiB);
        RandomAccess.SetLength(_file, length);
        using var read = new MemoryStream();
        await using (var sparse = new SparseStream(_file))
        {
            // What was in the buffer must not shine through.
            var buffer = new byte[random.Next(1, 300_000)];
            random.NextBytes(buffer);
            while (await sparse.ReadAsync(buffer) is var count and > 0)
            {
                read.Write(buffer.AsSpan(0, count));
                random.NextBytes(buffer);
            }
        }

        Assert.Equal(await File.ReadAllBytesAsync(_path), read.ToArray());
    }

    [Fact]
    public async Task Who_gives_up_in_a_hole_has_given_up()
    {
        RandomAccess.SetLength(_file, MiB);
        await using var sparse = new SparseStream(_file);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sparse.ReadExactlyAsync(new byte[10], new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(3 * MiB)]
    public async Task A_file_that_is_one_hole_is_zeros(int length)
    {
        RandomAccess.SetLength(_file, length);
        await using var sparse = new SparseStream(_file);
        using var read = new MemoryStream();
        await sparse.CopyToAsync(read);

        Assert.Equal(new byte[length], read.ToArray());
    }
}
