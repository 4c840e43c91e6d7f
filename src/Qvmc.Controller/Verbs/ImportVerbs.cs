using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Qvmc.Controller.Images;
using Qvmc.Controller.Pulls;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Images.Intake;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Takes images from the controller's files and from clients.</summary>
internal sealed class ImportVerbs(ImageKeeper keeper, ImagePulls pulls, ImageViews views, ImportDirectories imports, TimeProvider time)
{
    /// <summary>Takes an image from a file of the controller's host.</summary>
    public async Task<ImportImageResponse> ImportAsync(ImportImageRequest request, CancellationToken ct)
    {
        FaultException.ThrowIfAny([.. Check(request.Name, request.Format, request.Digest)]);
        await using var file = imports.Open(request.Path);
        await using var bytes = new SparseStream(file.SafeFileHandle);
        var image = await AddAsync(request.Name, bytes, new ImageExpectation(request.Format, Sum(request.Digest), RemembersSource: false), request.Replace, ct);
        return new ImportImageResponse { Image = image };
    }

    /// <summary>Takes an image from the client.</summary>
    public async Task<UploadImageResponse> UploadAsync(IAsyncStreamReader<UploadImageRequest> requests, CancellationToken ct)
    {
        var header = await requests.MoveNext(ct) ? requests.Current.Header : null;
        if (header is null)
        {
            throw FaultException.Invalid([new FieldFault("header", "is missing: the first message says what is coming")]);
        }

        FaultException.ThrowIfAny([.. Check(header.Name, header.Format, header.Digest)]);
        await using var bytes = new UploadStream(requests);
        return new UploadImageResponse { Image = await AddAsync(header.Name, bytes, Expectation(header), header.Replace, ct) };
    }

    /// <summary>Takes an image from a file that the caller has open; says now and then how far it is, and at last the image.</summary>
    /// <param name="request">Which.</param>
    /// <param name="caller">The caller's connection.</param>
    /// <param name="ct">He has gone.</param>
    public async IAsyncEnumerable<ImportOpenFileResponse> ImportOpenAsync(ImportOpenFileRequest request, Socket? caller, [EnumeratorCancellation] CancellationToken ct)
    {
        var header = request.Header ?? throw FaultException.Invalid([new FieldFault("header", "is missing: it says what the file is")]);
        FaultException.ThrowIfAny([.. Check(header.Name, header.Format, header.Digest)]);
        await using var file = OpenImport.Open(caller, request.FileDescriptor);
        var read = new LatestIntake();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var bytes = new SparseStream(file.SafeFileHandle);
        var adding = AddAsync(header.Name, bytes, Expectation(header) with { Progress = read }, header.Replace, gone.Token);
        try
        {
            await foreach (var _ in ProgressTicks.UntilEndAsync(adding, time, ct))
            {
                yield return new ImportOpenFileResponse { Progress = new ImageProgress { DoneBytes = (ulong)read.ReceivedBytes, TotalBytes = (ulong)file.Length } };
            }
        }
        finally
        {
            // Nobody listens any more, or it has ended: the file is closed after the last read of it.
            await gone.CancelAsync();
            await ((Task)adding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        yield return new ImportOpenFileResponse { Image = await adding };
    }

    /// <summary>Every fault of what is said of an image that is coming.</summary>
    internal static IEnumerable<FieldFault> Check(string name, ImageFormat format, string digest)
    {
        if (ImageName.Check(name) is { } fault)
        {
            yield return fault;
        }

        if (!Enum.IsDefined(format))
        {
            yield return new FieldFault("format", $"{(int)format} is not known: use QCOW2, RAW, VMDK, VHDX or ISO, or leave it out");
        }

        if (digest.Length > 0 && !Checksum.TryParse(digest, out _))
        {
            yield return new FieldFault("digest", $"{Shown.Quote(digest)} is not a checksum: write \"sha256:\" and 64, or \"sha512:\" and 128 of 0-9 and a-f");
        }
    }

    private static ImageExpectation Expectation(UploadHeader header) =>
        new(header.Format, Sum(header.Digest), header.SizeBytes == 0 ? null : (long)Math.Min(header.SizeBytes, long.MaxValue), RemembersSource: false);

    internal static Checksum? Sum(string digest) => digest.Length == 0 ? null : Checksum.Parse(digest);

    private async Task<Image> AddAsync(string name, Stream source, ImageExpectation expectation, bool replace, CancellationToken ct)
    {
        pulls.CheckFree(name);
        await keeper.AddAsync(name, source, expectation, replace, ct);
        await pulls.ForgetFailedAsync(name);
        return views.Get(name);
    }
}
