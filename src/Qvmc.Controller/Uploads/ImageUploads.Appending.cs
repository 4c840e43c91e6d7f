using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;

namespace Qvmc.Controller.Uploads;

// How bytes come, and how they become an image.
internal sealed partial class ImageUploads
{
    /// <summary>Goes on with an upload; the last byte makes it an image.</summary>
    /// <param name="id">The upload's.</param>
    /// <param name="offset">Where the bytes belong: must be where the upload is.</param>
    /// <param name="chunks">The bytes. What came before they break off is kept.</param>
    /// <param name="ct">The caller has gone.</param>
    /// <returns>The upload, which says by its offset whether it has become an image.</returns>
    public async Task<UploadSession> AppendAsync(string id, ulong offset, IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, CancellationToken ct)
    {
        var session = Find(id);
        using var writer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        session.TakeOver(writer);
        Task? finishing;
        try
        {
            await session.Turn.WaitAsync(ct);
            try
            {
                finishing = await ResumeAsync(session, offset, chunks, writer.Token);
            }
            catch (OperationCanceledException) when (writer.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new FaultException(FaultCode.Stale, $"upload {Shown.Quote(id)} is being gone on with by another call: ask for its offset");
            }
            finally
            {
                session.Turn.Release();
            }
        }
        finally
        {
            session.Leave(writer);
        }

        if (finishing is not null)
        {
            // It goes on when the caller leaves: the same append again hears how it ended.
            await finishing.WaitAsync(ct);
        }

        return session;
    }

    // The caller has the turn. Returns the making of the image once all bytes are here.
    private async Task<Task?> ResumeAsync(UploadSession session, ulong offset, IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, CancellationToken ct)
    {
        if (session.IsGone)
        {
            throw Missing(session.Id);
        }

        if (session.IsDone || session.Finishing is not null)
        {
            return offset == (ulong)session.Size ? session.Finishing ?? Task.CompletedTask : throw Elsewhere(session);
        }

        // The image is made, or its bytes are in the store, and something after that failed.
        if (session.Blob is not null && offset == (ulong)session.Size)
        {
            return session.Finishing = Task.Run(() => FinishAsync(session), CancellationToken.None);
        }

        await using (var file = files.Open(session.Id))
        {
            file.ExpectedLength = session.Size;
            session.Offset = file.Length;
            if (offset != (ulong)file.Length)
            {
                throw Elsewhere(session);
            }

            try
            {
                await CopyAsync(session, file, chunks, ct);
            }
            finally
            {
                await file.FlushAsync(CancellationToken.None);
                session.Offset = file.Length;
            }
        }

        FaultPoint.Reach(FaultStep.UploadAppended);
        await StoreAsync(session, u => u.ExpireTime = Expiry());
        if (session.Offset < session.Size)
        {
            return null;
        }

        session.Finishing = Task.Run(() => FinishAsync(session), CancellationToken.None);
        return session.Finishing;
    }

    private static async Task CopyAsync(UploadSession session, PartialFile file, IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, CancellationToken ct)
    {
        await foreach (var chunk in chunks.WithCancellation(ct))
        {
            if (chunk.Length > session.Size - file.Length)
            {
                throw FaultException.Invalid([new FieldFault("chunk", $"goes beyond the {session.Size} bytes that were announced: the upload is at {file.Length}, and {chunk.Length} more came")]);
            }

            await file.AppendAsync(chunk, ct);
        }
    }

    private async Task FinishAsync(UploadSession session)
    {
        // When the append that began it has left.
        await session.Turn.WaitAsync(CancellationToken.None);
        try
        {
            if (session.IsGone)
            {
                throw Missing(session.Id);
            }

            await MakeImageAsync(session);
            FaultPoint.Reach(FaultStep.UploadNamed);
            await StoreAsync(session, u => (u.Offset, u.ExpireTime) = (u.Header.SizeBytes, Expiry()));
            Finished(session.Id, session.Stored.Header.Name);
        }
        catch (FaultException e) when (e.Code is FaultCode.InvalidArgument or FaultCode.AlreadyExists)
        {
            // The same bytes again would come to the same end.
            Refused(session.Id, session.Stored.Header.Name, e.Message);
            await DropAsync(session);
            throw;
        }
        catch (Exception e)
        {
            // The bytes are here: the last append can be repeated.
            session.Finishing = null;
            if (e is OperationCanceledException)
            {
                throw new FaultException(FaultCode.Unavailable, "the controller is being stopped; all bytes are here: send the end of the upload again when it is back", inner: e);
            }

            throw;
        }
        finally
        {
            session.Turn.Release();
        }
    }

    private async Task MakeImageAsync(UploadSession session)
    {
        var header = session.Stored.Header;
        using var hold = sweep.Hold();
        if (session.Blob is not { } blob || bytes.Find(blob.Digest) is null)
        {
            session.Blob = blob = await AdoptAsync(session);
        }

        FaultPoint.Reach(FaultStep.UploadAdopted);
        await keeper.NameAsync(header.Name, blob, ImageOrigin.Imported(blob), header.Replace);
        await pulls.ForgetFailedAsync(header.Name);
    }

    private async Task<ImageBlob> AdoptAsync(UploadSession session)
    {
        var header = session.Stored.Header;
        await using var file = files.Open(session.Id);
        if (file.Length < session.Size)
        {
            // They were in the store without a name, and went.
            (session.Blob, session.Offset) = (null, file.Length);
            throw Elsewhere(session);
        }

        Checksum? expected = header.Digest.Length == 0 ? null : Checksum.Parse(header.Digest);
        return await bytes.AdoptAsync(file, new ImageExpectation(header.Format, expected, session.Size, RemembersSource: false), _stopping);
    }

    private static FaultException Elsewhere(UploadSession session) => new(
        FaultCode.Stale, $"upload {Shown.Quote(session.Id)} is at {session.View().Offset}: go on from there");

    [LoggerMessage(Level = LogLevel.Information, Message = "upload {Id} of image {Name}: done")]
    private partial void Finished(string id, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "upload {Id} of image {Name}: refused: {Reason}")]
    private partial void Refused(string id, string name, string reason);
}
