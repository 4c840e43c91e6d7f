using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Transcoding;

/// <summary>Reads a request's body as JSON.</summary>
internal static class JsonBody
{
    /// <summary>Reads the body; an empty one without a media type is an empty object, for <c>curl -X POST</c>.</summary>
    public static async Task<JsonSpot> ReadAsync(HttpContext http, long maxBytes)
    {
        CheckMediaType(http.Request);
        if (http.Request.ContentLength > maxBytes)
        {
            throw new ProblemException(ProblemKinds.TooLarge($"the body has {http.Request.ContentLength} bytes; at most {maxBytes} are taken"));
        }
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = maxBytes;
        using var body = new MemoryStream();
        await http.Request.BodyReader.CopyToAsync(body, http.RequestAborted);
        if (body.Length == 0 && string.IsNullOrEmpty(http.Request.ContentType))
        {
            return JsonSpot.NewObject();
        }
        var fault = JsonText.Read(body.GetBuffer().AsSpan(0, (int)body.Length), allowComments: false, out var json);
        return fault is null ? json
            : throw new ProblemException(Problem.Of(new FaultException(FaultCode.InvalidArgument, $"the body {fault.Message} (line {fault.Position.Line}, column {fault.Position.Column})")));
    }

    /// <summary>Refuses a body where none is taken: what the caller meant by it would be lost.</summary>
    public static void RefuseAny(HttpContext http)
    {
        if (http.Request.ContentLength > 0 || http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && http.Request.ContentLength is null)
        {
            throw new ProblemException(Problem.Of(new FaultException(FaultCode.InvalidArgument, $"{http.Request.Method} {http.Request.Path} takes no body; give its fields in the query")));
        }
    }

    private static void CheckMediaType(HttpRequest request)
    {
        var given = request.ContentType;
        if (string.IsNullOrEmpty(given) && request.ContentLength is 0 or null && !request.Headers.ContainsKey(HeaderNames.TransferEncoding))
        {
            return;
        }
        var isJson = MediaTypeHeaderValue.TryParse(given, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
        {
            throw new ProblemException(ProblemKinds.WrongMediaType($"the body must be application/json in UTF-8; the request says \"{given}\""));
        }
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new ProblemException(ProblemKinds.WrongMediaType($"the body must not be compressed; the request says \"{request.Headers.ContentEncoding}\""));
        }
    }
}
