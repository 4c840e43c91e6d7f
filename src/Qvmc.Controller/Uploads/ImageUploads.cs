using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Pulls;
using Qvmc.Controller.Records;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Uploads;

/// <summary>
/// Uploads that can go on after a break, of the client, the way between or this controller. What is coming is on record
/// in the store; the bytes, and how many of them are here for good, in a partial file.
/// </summary>
internal sealed partial class ImageUploads(
    IStore store,
    ImageStore bytes,
    ImageKeeper keeper,
    ImagePulls pulls,
    ImageSweep sweep,
    UploadFiles files,
    ImageBounds bounds,
    TimeProvider time,
    ILogger<ImageUploads> log)
{
    private const int MaxUploads = 1024;
    private const int IdLength = 26;
    private const string IdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, UploadSession> _sessions = new(StringComparer.Ordinal);
    private CancellationToken _stopping;

    /// <summary>Whether an upload may still go on.</summary>
    public bool Has(string id) => _sessions.ContainsKey(id);

    /// <summary>Takes an upload as the store has it.</summary>
    public void Load(Upload stored, long revision)
    {
        var session = new UploadSession(stored, revision);
        _sessions[stored.Id] = session;
        try
        {
            session.Offset = files.Measure(stored.Id);
        }
        catch (Exception e) when (e is FaultException or IOException or UnauthorizedAccessException)
        {
            // Whoever goes on with it is told the same.
            NotMeasured(e, stored.Id);
        }
    }

    /// <summary>Throws away what has expired, until <paramref name="ct"/> ends; then images in the making are given up too.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        _stopping = ct;
        try
        {
            using var timer = new PeriodicTimer(ExpiryInterval, time);
            do
            {
                await ExpireAsync();
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException)
        {
        }

        await Task.WhenAll(_sessions.Values.Select(s => s.Finishing).OfType<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Begins an upload.</summary>
    public async Task<Upload> CreateAsync(UploadHeader header)
    {
        pulls.CheckFree(header.Name);
        if (header.SizeBytes > (ulong)bounds.Store.MaxBytes)
        {
            throw FaultException.Invalid([new FieldFault("header.size_bytes", $"{header.SizeBytes} is more than the configuration allows: at most {bounds.Store.MaxBytes} (image_limits.max_gib)")]);
        }

        if (_sessions.Count >= MaxUploads)
        {
            throw new FaultException(FaultCode.ResourceExhausted, $"there are {MaxUploads} uploads already: finish or delete some of them, or wait until they expire");
        }

        var upload = new Upload { Id = RandomNumberGenerator.GetString(IdAlphabet, IdLength), Header = header.Clone(), ExpireTime = Expiry() };
        var entry = await store.PutAsync(RecordKeys.Upload(upload.Id), upload.ToByteArray(), 0, CancellationToken.None)
            ?? throw new FaultException(FaultCode.Stale, "the upload's id was taken just now: try again");
        FaultPoint.Pass(FaultStep.UploadStored);
        var session = new UploadSession(upload, entry.Revision);
        _sessions[upload.Id] = session;
        Created(upload.Id, header.Name, header.SizeBytes);
        return session.View();
    }

    /// <summary>An upload as it is now.</summary>
    public Upload Get(string id) => Find(id).View();

    /// <summary>Gives an upload up.</summary>
    public async Task DeleteAsync(string id)
    {
        var session = Find(id);
        if (session.Finishing is { IsCompleted: false })
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"upload {Shown.Quote(id)} is complete, and an image is being made of it: wait until that has ended");
        }

        session.TakeOver(null);
        await session.Turn.WaitAsync(CancellationToken.None);
        try
        {
            if (!session.IsGone)
            {
                await DropAsync(session);
            }
        }
        finally
        {
            session.Turn.Release();
        }
    }

    private UploadSession Find(string id) => _sessions.TryGetValue(id, out var session) ? session : throw Missing(id);

    private static FaultException Missing(string id) =>
        new(FaultCode.NotFound, $"there is no upload {Shown.Quote(id)}: it was given up or has expired; begin another");

    private Timestamp Expiry() => (time.GetUtcNow() + bounds.UploadLifetime).ToTimestamp();

    private async Task ExpireAsync()
    {
        var now = time.GetUtcNow().ToTimestamp();
        foreach (var session in _sessions.Values.Where(s => s.Stored.ExpireTime < now && !s.IsWriting && s.Finishing is null or { IsCompleted: true }))
        {
            try
            {
                await DeleteAsync(session.Id);
                Expired(session.Id, session.Stored.Header.Name);
            }
            catch (Exception e) when (e is FaultException or IOException or UnauthorizedAccessException)
            {
                NotDeleted(e, session.Id);
            }
        }
    }

    // The caller has the turn.
    private async Task DropAsync(UploadSession session)
    {
        await store.DeleteAsync(RecordKeys.Upload(session.Id), session.Revision, CancellationToken.None);
        FaultPoint.Reach(FaultStep.UploadForgotten);
        session.IsGone = true;
        _sessions.TryRemove(session.Id, out _);
        await files.DeleteAsync(session.Id);
    }

    private async Task StoreAsync(UploadSession session, Action<Upload> change)
    {
        var next = session.Stored.Clone();
        change(next);
        if (await store.PutAsync(RecordKeys.Upload(session.Id), next.ToByteArray(), session.Revision, CancellationToken.None) is { } entry)
        {
            (session.Stored, session.Revision) = (next, entry.Revision);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "upload {Id} of image {Name}, {Size} bytes: begun")]
    private partial void Created(string id, string name, ulong size);

    [LoggerMessage(Level = LogLevel.Information, Message = "upload {Id} of image {Name}: expired")]
    private partial void Expired(string id, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "upload {Id} can't be read")]
    private partial void NotMeasured(Exception e, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "upload {Id} has expired and could not be deleted")]
    private partial void NotDeleted(Exception e, string id);
}
