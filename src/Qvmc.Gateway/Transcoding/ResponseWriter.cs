using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Qvmc.Gateway.Transcoding;

/// <summary>Writes messages as JSON.</summary>
internal static class ResponseWriter
{
    // With default values: "changed": false is an answer, and a client that looks for a key finds it. Names are
    // those of protobuf's JSON mapping, lowerCamelCase; requests may use either spelling.
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    /// <summary>A message as one line of JSON.</summary>
    public static byte[] ToJson(IMessage message) => Encoding.UTF8.GetBytes(Formatter.Format(message));

    /// <summary>Answers with a response, or with the one field of it that its binding names.</summary>
    public static async Task WriteAsync(HttpContext http, HttpBinding binding, IMessage response)
    {
        var body = response;
        if (binding.ResponseField is { } field)
        {
            body = (IMessage?)field.Accessor.GetValue(response) ?? field.MessageType.Parser.ParseFrom(ByteString.Empty);
        }
        await WriteAsync(http, body);
    }

    /// <summary>Answers with a message.</summary>
    public static async Task WriteAsync(HttpContext http, IMessage message)
    {
        var json = ToJson(message);
        if (Etag(message) is { Length: > 0 } etag)
        {
            http.Response.Headers.ETag = $"\"{etag}\"";
        }
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }

    private static string? Etag(IMessage message)
    {
        if (message.Descriptor.FindFieldByName("etag") is { } own)
        {
            return (string)own.Accessor.GetValue(message);
        }
        return message.Descriptor.FindFieldByName("instance") is { IsRepeated: false } held && held.Accessor.GetValue(message) is IMessage instance
            ? Etag(instance)
            : null;
    }
}
