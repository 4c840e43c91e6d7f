using Microsoft.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Gateway.Downloads;
using Qvmc.Gateway.Transcoding;
using Qvmc.Gateway.Tus;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Headers of requests: Range and If-Range name a part that is in the file, or none; If-Match gives an etag or a fault; a number of
/// bytes is one.
/// </summary>
internal sealed class HeadersTarget : FuzzTarget
{
    private static readonly EntityTagHeaderValue s_etag = new("\"sha256:abc\"");

    public override string Name => "headers";

    public override IReadOnlyList<string> Words => ["\n", "bytes=", "0-", "-0", "-5", "5-9", ",", "9223372036854775807", "9223372036854775808", "\"sha256:abc\"", "W/", "\"", "*"];

    public override void Run(byte[] input)
    {
        var lines = Text(input).Split('\n').Select(GatewayRequest.Header).ToArray();
        foreach (var size in (long[])[0, 1, 10, long.MaxValue])
        {
            CheckRange(lines[0], lines.ElementAtOrDefault(1) ?? "", size);
        }

        var http = GatewayRequest.With([], "");
        http.Request.Headers.IfMatch = lines[0];
        http.Request.Headers[TusHeaders.Length] = lines[0];
        var (request, faults) = (JsonSpot.NewObject(), new List<FieldFault>());
        IfMatch.Add(http.Request, UpdateRequest.Descriptor, request, faults);
        Assert.All(request.Members, member => Assert.DoesNotContain('"', member.Value.Text));
        Assert.True(faults.Count + request.Members.Count <= 1);
        if (TusHeaders.ReadBytes(http.Request, TusHeaders.Length, faults) is { } bytes)
        {
            Assert.Equal(lines[0].TrimStart('0'), bytes == 0 ? "" : $"{bytes}");
        }
    }

    private static void CheckRange(string range, string ifRange, long size)
    {
        var http = GatewayRequest.With([], "");
        (http.Request.Headers.Range, http.Request.Headers.IfRange) = (range, ifRange);
        if (ByteRange.Of(http.Request, size, s_etag) is { } part)
        {
            Assert.True(ByteRange.IsAsked(http.Request));
            Assert.True(part.Offset >= 0 && part.Length >= 0, $"{part}");
            Assert.True(part.Length == 0 || part.Length <= size - part.Offset, $"{part} of {size}");
        }
    }
}
