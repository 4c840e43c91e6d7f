using System.Text;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Qvmc.Gateway.Uploads;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tus;

/// <summary>
/// The header Upload-Metadata: pairs of a key and a value in Base64, with commas between. The keys are the fields of
/// an upload's header. Others are refused: the gateway keeps nothing, and could not give them back as it would have to.
/// </summary>
internal static class TusMetadata
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Takes what a request says.</summary>
    public static UploadFields Read(HttpRequest request)
    {
        var fields = new UploadFields();
        var text = request.Headers[TusHeaders.Metadata].ToString();
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries).Where(pair => pair.Length > 0))
        {
            var (key, value) = pair.Split(' ', 2, StringSplitOptions.TrimEntries) is [var left, var right] ? (left, right) : (pair, "");
            if (Decode(value) is { } decoded)
            {
                // A key alone is a flag.
                fields.Add(key, decoded.Length == 0 && IsFlag(key) ? "true" : decoded);
            }
            else
            {
                fields.Refuse(key, $"wants UTF-8 in Base64 in {TusHeaders.Metadata}; got \"{value}\"");
            }
        }
        return fields;
    }

    /// <summary>As a request would say it. The length has a header of its own.</summary>
    public static string Write(UploadHeader header) => string.Join(',',
        from field in UploadHeader.Descriptor.Fields.InDeclarationOrder()
        where field.FieldNumber != UploadHeader.SizeBytesFieldNumber
        let text = Text(field, field.Accessor.GetValue(header))
        where text.Length > 0
        select $"{field.Name} {Convert.ToBase64String(Utf8.GetBytes(text))}");

    private static string Text(FieldDescriptor field, object value) => field.FieldType switch
    {
        FieldType.Bool => (bool)value ? "true" : "",
        FieldType.Enum => (int)value == 0 ? "" : field.EnumType.FindValueByNumber((int)value)?.Name ?? "",
        _ => value.ToString() ?? "",
    };

    private static bool IsFlag(string key) => UploadHeader.Descriptor.FindFieldByName(key) is { FieldType: FieldType.Bool };

    private static string? Decode(string value)
    {
        try
        {
            return Utf8.GetString(Convert.FromBase64String(value));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
