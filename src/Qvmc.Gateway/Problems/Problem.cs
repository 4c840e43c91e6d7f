using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;

namespace Qvmc.Gateway.Problems;

/// <summary>What every refused or failed request is answered with: RFC 9457, application/problem+json.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Kind">The last part of its type, urn:qvmc:problem:KIND. Stable: programs may go by it.</param>
/// <param name="Title">The kind for people; the same for every problem of it.</param>
/// <param name="Detail">What was asked, what is so, what to do.</param>
public sealed record Problem(int Status, string Kind, string Title, string Detail)
{
    /// <summary>Every field at fault, in the request's own spelling.</summary>
    public IReadOnlyList<FieldFault> Errors { get; init; } = [];

    /// <summary>When the same request may go through as it is; null: nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Its type.</summary>
    public string Type => $"urn:qvmc:problem:{Kind}";

    /// <summary>A fault as a problem.</summary>
    public static Problem Of(FaultException fault)
    {
        var (kind, title) = ProblemKinds.Of(fault.Code);
        return new Problem(FaultStatus.ToHttp(fault.Code), kind, title, fault.Message)
        {
            Errors = fault.Fields,
            RetryAfter = fault.RetryAfter ?? (fault.Code == FaultCode.Unavailable ? TimeSpan.FromSeconds(1) : null),
        };
    }

    /// <summary>A fault of the request's fields.</summary>
    public static Problem Invalid(IReadOnlyList<FieldFault> errors) => Of(FaultException.Invalid(errors));

    /// <summary>Answers with it.</summary>
    public Task WriteAsync(HttpContext http)
    {
        var body = ToJson(http.Request.Path.ToUriComponent());
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/problem+json";
        http.Response.ContentLength = body.Length;
        http.Response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } delay)
        {
            http.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    /// <summary>As JSON.</summary>
    /// <param name="instance">The path that was asked.</param>
    public ReadOnlyMemory<byte> ToJson(string instance)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Read as JSON by its type and never as HTML: an apostrophe needs no escape.
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteString("title", Title);
        json.WriteNumber("status", Status);
        json.WriteString("detail", Detail);
        json.WriteString("instance", instance);
        if (Errors.Count > 0)
        {
            json.WriteStartArray("errors");
            foreach (var error in Errors)
            {
                json.WriteStartObject();
                json.WriteString("field", error.Field);
                json.WriteString("message", error.Message);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
