using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Uploads;

/// <summary>
/// An upload as forms send it (multipart/form-data): fields, then one file. The file is streamed while it comes, so
/// a field behind it would come too late, and is refused.
/// </summary>
internal static class MultipartUpload
{
    private const int MaxFieldBytes = 4096;
    private const int MaxBoundaryLength = 200;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static async Task<UploadSource> OpenAsync(HttpContext http, MediaTypeHeaderValue type)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > MaxBoundaryLength)
        {
            throw Refused("the form's Content-Type has no boundary");
        }
        var form = new MultipartReader(boundary, http.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = MaxFieldBytes };
        var fields = new UploadFields();
        fields.Add(http.Request.Query);
        while (await NextAsync(form, http.RequestAborted) is { } section)
        {
            var disposition = section.GetContentDispositionHeader() ?? throw Refused("a part of the form has no Content-Disposition: form-data");
            if (disposition.IsFileDisposition())
            {
                return new UploadSource(fields.Read(null), section.Body, () => EndAsync(form, http.RequestAborted));
            }
            fields.Add(HeaderUtilities.RemoveQuotes(disposition.Name).ToString(), await TextAsync(section.Body, http.RequestAborted));
        }
        fields.Refuse("file", "is required: a part of the form with a file name");
        fields.Read(null);
        throw new InvalidOperationException("a form without a file was taken");
    }

    private static async Task EndAsync(MultipartReader form, CancellationToken ct)
    {
        if (await NextAsync(form, ct) is not null)
        {
            throw Refused("the file must be the form's last part, and its only file; put the fields before it");
        }
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader form, CancellationToken ct)
    {
        try
        {
            return await form.ReadNextSectionAsync(ct);
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException && !ct.IsCancellationRequested))
        {
            throw Refused($"the form can't be read: {e.Message}");
        }
    }

    private static async Task<string> TextAsync(Stream body, CancellationToken ct)
    {
        var buffer = new byte[MaxFieldBytes + 1];
        try
        {
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
            return length <= MaxFieldBytes ? Utf8.GetString(buffer, 0, length) : throw Refused($"a field of the form has more than {MaxFieldBytes} bytes");
        }
        catch (DecoderFallbackException)
        {
            throw Refused("a field of the form is not UTF-8");
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException && !ct.IsCancellationRequested))
        {
            throw Refused($"the form can't be read: {e.Message}");
        }
    }

    private static ProblemException Refused(string message) => new(Problem.Of(new FaultException(FaultCode.InvalidArgument, message)));
}
