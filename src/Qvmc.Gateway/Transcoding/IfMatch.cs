using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;

namespace Qvmc.Gateway.Transcoding;

/// <summary>
/// The header If-Match as the request's etag. (If-None-Match is not taken: an etag stands for what is wanted of an
/// instance, while its answer also says what is so, which changes without it.)
/// </summary>
internal static class IfMatch
{
    private const string Header = "If-Match";

    public static void Add(HttpRequest http, MessageDescriptor type, JsonSpot request, List<FieldFault> faults)
    {
        var given = http.Headers.IfMatch.ToString();
        if (given.Length == 0 || given == "*" || HttpMethods.IsGet(http.Method) || HttpMethods.IsHead(http.Method))
        {
            return;
        }
        if (type.FindFieldByName("etag") is null)
        {
            faults.Add(new FieldFault(Header, "can't be asked of this method"));
        }
        else if (given.Length < 3 || given[0] != '"' || given[^1] != '"' || given.AsSpan(1, given.Length - 2).Contains('"'))
        {
            faults.Add(new FieldFault(Header, $"wants one etag in double quotes, as the header ETag gave it; got {given}"));
        }
        else
        {
            RequestReader.Set(request, "etag", given[1..^1], Header, faults);
        }
    }
}
