using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;
using Qvmc.Core.Json;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;

namespace Qvmc.Gateway.Streams;

/// <summary>
/// Serves a method that answers with a stream. A message is asked of the controller only when the client has taken
/// the one before, so a slow client slows its own stream and nothing else; what it can't keep up with the
/// controller turns into RESYNC.
/// </summary>
internal sealed class StreamRoute(HttpBinding binding, CallInvoker controller, TimeProvider time, StreamLimits limits, long maxBodyBytes)
{
    private readonly Method<IMessage, IMessage> _method = ControllerMethod.Of(binding.Method);
    private readonly RequestReader _reader = new(binding, maxBodyBytes);
    private readonly ServerSentEvents _events = new(binding.Method.OutputType);
    private readonly Ndjson _lines = new();

    public async Task ServeAsync(HttpContext http)
    {
        var format = Choose(http.Request);
        var request = Resume(http.Request, await _reader.ReadAsync(http));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, limits.Stopping);
        using var call = controller.AsyncServerStreamingCall(_method, null, CallLimits.OfStream(http, time, stop.Token), request.Message!);
        var first = call.ResponseStream.MoveNext(stop.Token);
        try
        {
            await first.WaitAsync(limits.FirstAnswer, time, stop.Token);
        }
        catch (TimeoutException)
        {
            // Nothing to tell yet; the client shall see that it is connected.
        }
        catch (RpcException e)
        {
            throw new ProblemException(RequestProblems.Of(e, request));
        }
        await OpenAsync(http, format);
        await CopyAsync(http, call.ResponseStream, first, format, stop.Token);
    }

    private async Task CopyAsync(HttpContext http, IAsyncStreamReader<IMessage> messages, Task<bool> next, IStreamFormat format, CancellationToken ct)
    {
        try
        {
            while (await NextAsync(http, next, format, ct))
            {
                await WriteAsync(http, format.Format(messages.Current), ct);
                next = messages.MoveNext(ct);
            }
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            var problem = Problem.Of(ControllerFaults.Of(e));
            await WriteAsync(http, format.Format(problem, http.Request.Path.ToUriComponent()), ct);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && limits.Stopping.IsCancellationRequested)
        {
            // The end of a stream tells its client to connect again, which it will do when we are back.
        }
    }

    private async Task<bool> NextAsync(HttpContext http, Task<bool> next, IStreamFormat format, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await next.WaitAsync(limits.Heartbeat, time, ct);
            }
            catch (TimeoutException)
            {
                await WriteAsync(http, format.Heartbeat, ct);
            }
        }
    }

    private async Task OpenAsync(HttpContext http, IStreamFormat format)
    {
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
        http.Response.ContentType = format.ContentType;
        http.Response.Headers.CacheControl = "no-store";
        // nginx would keep events until its buffer is full.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await http.Response.StartAsync(http.RequestAborted);
        await WriteAsync(http, format.Opening, http.RequestAborted);
        // Headers go out with the first flush, of nothing if need be.
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (!bytes.IsEmpty)
        {
            await ClientWrite.WithinAsync(http, bytes, limits.Write, time, ct);
        }
    }

    // A browser that comes back tells the last id it saw, which is newer than what its address was made with.
    private static ProtoJsonResult Resume(HttpRequest http, ProtoJsonResult request)
    {
        var token = http.Headers["Last-Event-ID"].ToString();
        if (token.Length > 0 && request.Message!.Descriptor.FindFieldByName("resume_token") is { } field)
        {
            field.Accessor.SetValue(request.Message, token);
        }
        return request;
    }

    private IStreamFormat Choose(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        if (accept.Count == 0)
        {
            return _events;
        }
        if (!MediaTypeHeaderValue.TryParseList(accept, out var wanted))
        {
            throw new ProblemException(ProblemKinds.NotAcceptable(accept.ToString()));
        }
        foreach (var range in wanted.Where(range => range.Quality is not 0).OrderByDescending(range => range.Quality ?? 1))
        {
            if (new MediaTypeHeaderValue("text/event-stream").IsSubsetOf(range))
            {
                return _events;
            }
            if (new MediaTypeHeaderValue("application/x-ndjson").IsSubsetOf(range))
            {
                return _lines;
            }
        }
        throw new ProblemException(ProblemKinds.NotAcceptable(accept.ToString()));
    }
}
