using System.Runtime.CompilerServices;
using Grpc.Core;
using Qvmc.Controller.Images;
using Qvmc.Controller.Uploads;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Uploads in parts.</summary>
internal sealed class UploadVerbs(ImageUploads uploads, ImageViews views)
{
    /// <summary>Begins one.</summary>
    public async Task<CreateUploadResponse> CreateAsync(CreateUploadRequest request)
    {
        if (request.Header is not { } header)
        {
            throw FaultException.Invalid([new FieldFault("header", "is missing: say what is coming")]);
        }

        var faults = ImportVerbs.Check(header.Name, header.Format, header.Digest).Select(f => f with { Field = $"header.{f.Field}" }).ToList();
        if (header.SizeBytes == 0)
        {
            faults.Add(new FieldFault("header.size_bytes", "is missing: say how many bytes are coming"));
        }

        FaultException.ThrowIfAny(faults);
        return new CreateUploadResponse { Upload = await uploads.CreateAsync(header) };
    }

    /// <summary>One upload.</summary>
    public GetUploadResponse Get(GetUploadRequest request) => new() { Upload = uploads.Get(request.Id) };

    /// <summary>Goes on with one.</summary>
    public async Task<AppendUploadResponse> AppendAsync(IAsyncStreamReader<AppendUploadRequest> requests, CancellationToken ct)
    {
        if (!await requests.MoveNext(ct) || requests.Current.Place is not { } place)
        {
            throw FaultException.Invalid([new FieldFault("place", "is missing: the first message says where the bytes belong")]);
        }

        var session = await uploads.AppendAsync(place.Id, place.Offset, ChunksAsync(requests, CancellationToken.None), ct);
        return new AppendUploadResponse { Upload = session.View(), Image = session.IsDone ? views.Find(session.Stored.Header.Name) : null };
    }

    /// <summary>Gives one up.</summary>
    public async Task<DeleteUploadResponse> DeleteAsync(DeleteUploadRequest request)
    {
        await uploads.DeleteAsync(request.Id);
        return new DeleteUploadResponse();
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(
        IAsyncStreamReader<AppendUploadRequest> requests, [EnumeratorCancellation] CancellationToken ct)
    {
        while (await requests.MoveNext(ct))
        {
            yield return requests.Current.PartCase switch
            {
                AppendUploadRequest.PartOneofCase.Chunk => UploadStream.Check(requests.Current.Chunk),
                AppendUploadRequest.PartOneofCase.Place =>
                    throw FaultException.Invalid([new FieldFault("place", "comes a second time: only the first message is a place")]),
                AppendUploadRequest.PartOneofCase.Channel or AppendUploadRequest.PartOneofCase.None =>
                    throw FaultException.Invalid([new FieldFault("chunk", "is missing: after the place, each message brings bytes")]),
            };
        }
    }
}
