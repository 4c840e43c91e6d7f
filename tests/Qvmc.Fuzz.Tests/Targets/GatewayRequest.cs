using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>Requests as the gateway's routes get them.</summary>
internal static class GatewayRequest
{
    public static DefaultHttpContext With(byte[] body, string contentType)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpMaxRequestBodySizeFeature>(new Unlimited());
        http.Request.Method = "POST";
        http.Request.Body = new MemoryStream(body);
        http.Request.ContentType = contentType;
        return http;
    }

    /// <summary>A text as a header can hold it.</summary>
    public static string Header(string text) => string.Concat(text.Where(c => c is >= ' ' and <= '~'));

    private sealed class Unlimited : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }
    }
}
