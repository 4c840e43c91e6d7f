using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Fetching;

/// <summary>Fetches lists of checksums.</summary>
internal sealed class ChecksumSource(HttpSource http, ImageFetcherOptions options, TimeProvider time, FetchMeter meter, ILogger logger)
{
    /// <summary>What the list at <paramref name="url"/> says of the file that lies at all of <paramref name="files"/>.</summary>
    /// <exception cref="FaultException">It can't be had, or does not say it.</exception>
    internal async Task<IReadOnlyList<Checksum>> LoadAsync(Uri url, IReadOnlyList<Uri> files, CancellationToken ct)
    {
        var list = ChecksumList.Parse(await ReadAsync(url, ct));
        FaultException? first = null;
        foreach (var file in files)
        {
            try
            {
                return list.Of(file);
            }
            catch (FaultException e)
            {
                // A mirror may call the file by the name that the list has.
                first ??= new FaultException(e.Code, $"{SourceTrouble.Show(url)}: {e.Message}", inner: e);
            }
        }

        throw first!;
    }

    private async Task<byte[]> ReadAsync(Uri url, CancellationToken ct)
    {
        try
        {
            if (url.IsFile)
            {
                await using var file = LocalSource.Open(url, options);
                return await ReadAllAsync(buffer => file.ReadAsync(buffer, ct));
            }

            byte[] bytes = [];
            await new Attempts(options, time, meter, logger).RunAsync(url, async () => bytes = await DownloadAsync(url, ct), () => 0, ct);
            meter.Trouble("");
            return bytes;
        }
        catch (SourceException e)
        {
            throw new FaultException(e.Code, $"the list of checksums could not be fetched: {SourceTrouble.Show(url)} {e.Message}", inner: e);
        }
    }

    private async Task<byte[]> DownloadAsync(Uri url, CancellationToken ct)
    {
        using var watch = new ReplyWatch(options.StallLimit, time, ct);
        using var body = await http.OpenAsync(url, null, null, watch, ct);
        var done = 0L;
        return await ReadAllAsync(async buffer =>
        {
            var count = await body!.ReadAsync(buffer, done, watch, ct);
            done += count;
            return count;
        });
    }

    private static async Task<byte[]> ReadAllAsync(Func<Memory<byte>, ValueTask<int>> read)
    {
        var bytes = new byte[ChecksumList.MaxBytes + 1];
        int length = 0, count;
        while ((count = await read(bytes.AsMemory(length))) > 0)
        {
            length += count;
            if (length == bytes.Length)
            {
                throw new SourceException("has more than 1 MiB: that is no list of checksums") { Final = true, Code = FaultCode.FailedPrecondition };
            }
        }

        return bytes[..length];
    }
}
