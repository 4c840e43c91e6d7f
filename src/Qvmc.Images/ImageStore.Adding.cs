using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Intake;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

// How an image comes in: bytes to a partial file, summed and decompressed on the way, and made qcow2 if they are a raw
// disk's; looked into; converted if need be; made durable; renamed to its digest.
public sealed partial class ImageStore
{
    /// <summary>
    /// Takes an image in. When it returns, the image is whole, checked and on the disk; when it throws, or the process
    /// dies, there is none. The same bytes again cost no room.
    /// </summary>
    /// <param name="source">Its bytes, perhaps compressed (gzip, xz, zstd), read to the end.</param>
    /// <param name="expectation">What the sender says of it.</param>
    /// <param name="ct">Gives up; nothing is left.</param>
    /// <exception cref="FaultException">
    /// Not as announced, not an image, or not allowed in (INVALID_ARGUMENT); no room (RESOURCE_EXHAUSTED); a program that
    /// it takes is missing (FAILED_PRECONDITION).
    /// </exception>
    public Task<ImageBlob> AddAsync(Stream source, ImageExpectation expectation, CancellationToken ct) => TellingOfRoom(async () =>
    {
        Prepare(expectation);
        using var file = NewFile();
        FaultPoint.Reach(FaultStep.ImageOpened);
        var arrival = await new Reception(expectation, _limits, _time).ReceiveAsync(source, file, ct);
        return await TakeInAsync(file, arrival, expectation, ct);
    });

    /// <summary>
    /// Takes in an image whose bytes are here already, without a further copy unless it has to be decompressed or
    /// converted. When it returns, the image is as after <see cref="AddAsync"/>, and <paramref name="complete"/> is gone
    /// and disposed of; when it throws, or the process dies, it is still there.
    /// </summary>
    /// <param name="complete">The bytes, all of them. They are summed again here.</param>
    /// <param name="expectation">What the sender says of it.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="FaultException">As for <see cref="AddAsync"/>.</exception>
    public async Task<ImageBlob> AdoptAsync(PartialFile complete, ImageExpectation expectation, CancellationToken ct)
    {
        var blob = await TellingOfRoom(async () =>
        {
            Prepare(expectation with { SizeBytes = null });
            await using var bytes = new SparseStream(complete.Handle);
            var reception = new Reception(expectation, _limits, _time);
            var head = new ImageBytes(complete.Handle).Read(0, ForeignFormat.HeadLength);
            var isCompressed = Compression.Of(head) is not null;
            if (!isCompressed && !ImageInspection.IsRaw(head, expectation.Format))
            {
                var present = await reception.SumAsync(bytes, ct);
                return await TakeInAsync(new Candidate(complete.Path, complete.Handle, complete.MoveTo, IsOurs: false), present, expectation, ct);
            }

            // It stays beside what becomes of it until that is complete. What its holes take no room for, that will not either.
            var room = isCompressed ? 0 : Qcow2Writer.RoomFor(complete.Length, Math.Min(complete.Length, FileSpace.Allocated(complete.Path)));
            if (room > Disk.Free(_partial))
            {
                throw new NoRoomException(room);
            }

            using var file = NewFile();
            var arrival = await reception.ReceiveAsync(bytes, file, ct);
            return await TakeInAsync(file, arrival, expectation, ct);
        });

        // Does nothing if it is what was moved in.
        complete.Delete();
        await complete.DisposeAsync();
        return blob;
    }

    private void Prepare(ImageExpectation expectation)
    {
        Directory.CreateDirectory(_images);
        Directory.CreateDirectory(_partial, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        switch (expectation.SizeBytes)
        {
            case <= 0:
                throw ImageInspection.Refused($"its announced size is {expectation.SizeBytes} bytes");
            case { } size when size > _limits.MaxBytes:
                throw SourceBytes.TooLarge("it", _limits);
            case { } size when size > Disk.Free(_partial):
                throw new NoRoomException(size);
        }
    }

    private IncomingFile NewFile() => new(Path.Combine(_partial, $"{AddPrefix}{Guid.NewGuid():n}"));

    private Task<ImageBlob> TakeInAsync(IncomingFile file, Arrival arrival, ImageExpectation expectation, CancellationToken ct)
    {
        FaultPoint.Reach(FaultStep.ImageReceived);
        return arrival.Raw is { } raw
            ? KeepMadeAsync(file, raw, arrival, expectation, ct)
            : TakeInAsync(new Candidate(file.Path, file.Handle, file.MoveTo, IsOurs: true), arrival, expectation, ct);
    }

    private async Task<ImageBlob> TakeInAsync(Candidate file, Arrival arrival, ImageExpectation expectation, CancellationToken ct)
    {
        var seen = ImageInspection.Of(file.Handle, expectation.Format, _limits.MaxVirtualBytes);
        if (seen.Format != ImageFormat.Iso)
        {
            await _qemuImg.ConfirmAsync(file.Path, seen, ct);
            var check = await _qemuImg.CheckAsync(file.Path, seen.Format, ct);
            if (check.Corruptions > 0)
            {
                throw ImageInspection.Refused($"qemu-img check found {check.Corruptions} faults in its tables: it was cut off or damaged; fetch it again");
            }

            if (seen.Format == ImageFormat.Vmdk)
            {
                VmdkDisk.CheckEnd(new ImageBytes(file.Handle));
            }
        }

        FaultPoint.Reach(FaultStep.ImageChecked);
        if (seen.Format is ImageFormat.Qcow2 or ImageFormat.Iso)
        {
            var digest = arrival.Digest!.Value;
            var blob = new ImageBlob(digest.ToString(), seen.Format, RandomAccess.GetLength(file.Handle), seen.VirtualSizeBytes, seen.Format, arrival.Source);
            await KeepAsync(digest, blob, file.MoveTo, ct);
            return blob;
        }

        return await ConvertAsync(file, seen, arrival, expectation, ct);
    }

    private async Task<ImageBlob> ConvertAsync(Candidate source, ImageInspection seen, Arrival arrival, ImageExpectation expectation, CancellationToken ct)
    {
        var cost = await _qemuImg.MeasureAsync(source.Path, seen, ct);
        if (cost.Room > _limits.MaxBytes)
        {
            throw SourceBytes.TooLarge("as qcow2 it", _limits);
        }

        // What came goes when it is refused, and has to come again.
        var room = cost.Room + (source.IsOurs ? FileSpace.Allocated(source.Path) : 0);
        if (cost.Room > Disk.Free(_partial))
        {
            throw new NoRoomException(room);
        }

        using var file = NewFile();
        Report(IntakePhase.Converting, 0, seen.VirtualSizeBytes);
        if (!await _qemuImg.ConvertAsync(source.Path, seen, file.Path, cost, p => Report(IntakePhase.Converting, (long)(seen.VirtualSizeBytes / 100.0 * p), seen.VirtualSizeBytes), ct))
        {
            throw new NoRoomException(room);
        }

        return await KeepMadeAsync(file, seen, arrival, expectation, ct);

        void Report(IntakePhase phase, long done, long total) => expectation.Progress?.Report(new IntakeProgress(phase, done, total));
    }

    // A qcow2 disk that was made here of one that came.
    private async Task<ImageBlob> KeepMadeAsync(IncomingFile file, ImageInspection seen, Arrival arrival, ImageExpectation expectation, CancellationToken ct)
    {
        FaultPoint.Reach(FaultStep.ImageConverted);
        var made = ImageInspection.Of(file.Handle, ImageFormat.Qcow2, _limits.MaxVirtualBytes);
        if (made.VirtualSizeBytes != seen.VirtualSizeBytes)
        {
            throw ImageInspection.Refused($"a disk of {made.VirtualSizeBytes} bytes came out where one of {seen.VirtualSizeBytes} went in");
        }

        var size = RandomAccess.GetLength(file.Handle);
        var reader = new Reader(done => expectation.Progress?.Report(new IntakeProgress(IntakePhase.Summing, done, size)));

        // The disk is waited for while the sum is made.
        var flushing = Task.Run(() => RandomAccess.FlushToDisk(file.Handle), CancellationToken.None);
        var summing = SumAsync(file.Handle, reader, ct);
        await Task.WhenAll(flushing, summing);
        var digest = await summing;
        var blob = new ImageBlob(digest.ToString(), ImageFormat.Qcow2, size, seen.VirtualSizeBytes, seen.Format, arrival.Source);
        await KeepAsync(digest, blob, file.MoveTo, ct);
        return blob;
    }

    private async Task KeepAsync(ImageDigest digest, ImageBlob blob, Action<string> moveTo, CancellationToken ct)
    {
        var path = PathOf(digest);

        // One that the disk has changed meanwhile is mended by this one.
        if (new FileInfo(path) is { Exists: true } present && present.Length == blob.SizeBytes && await VerifyAsync(blob.Digest, null, ct) == ImageVerdict.Sound)
        {
            Duplicate(_logger, blob.Digest);
        }
        else
        {
            moveTo(path);
            Added(_logger, blob.Digest, ImageFormats.Name(blob.SourceFormat), blob.SizeBytes, blob.VirtualSizeBytes);
        }

        // Not before: what a crash leaves under another name must be possible to write to.
        File.SetUnixFileMode(path, ReadOnlyForAll);
        FaultPoint.Reach(FaultStep.ImageKept);
    }

    private async Task<T> TellingOfRoom<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (NoRoomException e)
        {
            throw Disk.Full("the image", _partial, e.Needed, e, e.AtLeast);
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Disk.Full("the image", _partial, needed: null, e);
        }
    }

    /// <param name="Path">Where it is.</param>
    /// <param name="Handle">To look into it.</param>
    /// <param name="MoveTo">Moves it into the store, if it can be kept as it is.</param>
    /// <param name="IsOurs">It goes in any case; else somebody may try again with it.</param>
    private sealed record Candidate(string Path, SafeFileHandle Handle, Action<string> MoveTo, bool IsOurs);

    private sealed class Reader(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
