using System.Globalization;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Uploads;

/// <summary>Gathers the fields of an upload's header, from a query, a form or the metadata of tus, by the rules of queries.</summary>
internal sealed class UploadFields
{
    private readonly JsonSpot _header = JsonSpot.NewObject();
    private readonly List<FieldFault> _faults = [];

    public void Add(IQueryCollection query) => QueryFields.Add(query, UploadHeader.Descriptor, _header, _faults);

    public void Add(string name, string value) => QueryFields.Add(name, value, UploadHeader.Descriptor, _header, _faults);

    public void Refuse(string field, string message) => _faults.Add(new FieldFault(field, message));

    /// <summary>The header.</summary>
    /// <param name="length">How many bytes the request itself announces; null: it doesn't.</param>
    /// <param name="where">The header that announces them.</param>
    /// <exception cref="ProblemException">A field is at fault.</exception>
    public UploadHeader Read(long? length, string where = "Content-Length")
    {
        var result = ProtoJson.Read(_header, UploadHeader.Descriptor);
        var faults = _faults.Concat(result.Faults.Select(fault => new FieldFault(fault.Path, fault.Message))).ToList();
        if (result.Message is UploadHeader header && length is { } announced)
        {
            if (header.SizeBytes != 0 && header.SizeBytes != (ulong)announced)
            {
                faults.Add(new FieldFault("size_bytes", string.Create(CultureInfo.InvariantCulture, $"is {header.SizeBytes}, but the request's {where} is {announced}")));
            }
            header.SizeBytes = (ulong)announced;
        }
        return faults.Count == 0 ? (UploadHeader)result.Message! : throw new ProblemException(Problem.Invalid(faults));
    }
}
