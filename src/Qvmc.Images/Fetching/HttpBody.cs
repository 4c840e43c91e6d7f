namespace Qvmc.Images.Fetching;

/// <summary>A file's bytes as they come from a source.</summary>
/// <param name="Response">The answer; disposed with this.</param>
/// <param name="Stream">The bytes.</param>
/// <param name="Start">From which byte on.</param>
/// <param name="File">What the answer says of the file.</param>
internal sealed record HttpBody(HttpResponseMessage Response, Stream Stream, long Start, RemoteFile File) : IDisposable
{
    /// <summary>The next bytes; 0: the end, as far as the source says.</summary>
    /// <exception cref="SourceException">It stalls or breaks off.</exception>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer, long done, ReplyWatch watch, CancellationToken ct)
    {
        try
        {
            watch.Begin();
            var count = await Stream.ReadAsync(buffer, watch.Token);
            watch.End();
            return count;
        }
        catch (OperationCanceledException) when (watch.Over && !ct.IsCancellationRequested)
        {
            throw SourceTrouble.Silent(watch.Limit, answered: true);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw SourceTrouble.BrokeOff(done, File.Total, e);
        }
    }

    public void Dispose()
    {
        Stream.Dispose();
        Response.Dispose();
    }
}
