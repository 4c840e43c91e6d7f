using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Instances;
using Qvmc.Core.Json;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Requests over HTTP: METHOD?QUERY, what stands in the path, If-Match, and the body, each in a line of its own but the body.
/// Each is a problem of the caller's with its fields, or a message that is the same when it is written and read again.
/// </summary>
internal sealed class TranscoderTarget : FuzzTarget
{
    private static readonly List<HttpBinding> s_bindings =
        [.. HttpBinding.Of(ControllerService.Descriptor), .. HttpBinding.Of(ImageService.Descriptor), .. HttpBinding.Of(NetworkService.Descriptor)];

    public override string Name => "transcoder";

    public override IReadOnlyList<string> Words =>
    [
        .. s_bindings.Select(binding => binding.Method.Name), "?", "&", "=", ".", "%2F", "%00", "\"", "{", "}", "[", "]", "\"spec\": {", "\"name\": \"a\"", "\"memory_mib\"", "\"memoryMib\"", "null", "1e9",
        "\"update_mask\": \"spec.cpus\"", "\"1.5s\"", "page_size=1", "filter.node=a", "\"nics\": [{\"mac\": \"52:54:00:12:34:56\"}]", "\"forwards\": [{\"host_port\": 8080, \"guest_port\": 80}]", "\\ud83d", "\"labels\": {\"a\": \"b\"}",
    ];

    public override long MaxAllocated(int length) => (8L << 20) + (5000L * length);

    public override void Run(byte[] input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n', 4);
        var (method, query) = lines[0].Split('?', 2) is [var name, var rest] ? (name, rest) : (lines[0], "");
        var binding = s_bindings.Find(each => each.Method.Name == method) ?? s_bindings[input.Length % s_bindings.Count];
        var http = GatewayRequest.With(binding.Body.Length == 0 ? [] : Encoding.UTF8.GetBytes(lines.ElementAtOrDefault(3) ?? ""), binding.Body.Length == 0 ? "" : "application/json");
        http.Request.Method = binding.Verb;
        http.Request.QueryString = new QueryString("?" + query);
        http.Request.Headers.IfMatch = GatewayRequest.Header(lines.ElementAtOrDefault(2) ?? "");
        foreach (var (part, at) in (lines.ElementAtOrDefault(1) ?? "").Split(' ').Select((part, at) => (part, at)))
        {
            http.Request.RouteValues[$"p{at}"] = part;
        }

        ProtoJsonResult read;
        try
        {
            read = new RequestReader(binding, 1 << 20).ReadAsync(http).GetAwaiter().GetResult();
        }
        catch (ProblemException e)
        {
            Assert.InRange(e.Problem.Status, 400, 499);
            return;
        }

        Check(read.Message!);
    }

    private static void Check(IMessage message)
    {
        Assert.Null(JsonText.Read(ResponseWriter.ToJson(message), allowComments: false, out var json));
        var again = ProtoJson.Read(json, message.Descriptor);
        Assert.Empty(again.Faults);
        Assert.Equal(message, again.Message);
        if (message is LaunchRequest launch && InstanceRules.CheckLaunch(launch) is [] && launch.Spec is { } spec)
        {
            var complete = InstanceRules.Complete(spec, "abcdefghijkl", null, null);
            Assert.All(complete.Nics, nic => Assert.Matches("^([0-9a-f]{2}:){5}[0-9a-f]{2}\\z", nic.Mac));
        }
    }
}
