using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.ByteChannels;

/// <summary>
/// Connections that bring bytes for a call and nothing else. gRPC cuts what it carries into frames of 16 KiB, and copies
/// each of them twice on either side: for an image of gigabytes that is most of the work. A call that is to take many
/// bytes can instead be told the name of a connection to the same address (<see cref="ByteChannelGreeting"/>), which
/// brings them as they are; how many it was to bring the call is told at the end.
/// </summary>
/// <remarks>
/// Whoever may connect may call, and names cannot be guessed, so that a channel needs no rights of its own. Call and
/// connection come in either order; the one waits for the other for some seconds.
/// </remarks>
public sealed class ByteChannelServer(TimeProvider time)
{
    /// <summary>How long the one waits for the other.</summary>
    internal static readonly TimeSpan MeetingLimit = TimeSpan.FromSeconds(10);

    // As long as Kestrel's own for a connection on which nothing is asked (KeepAliveTimeout).
    private static readonly TimeSpan GreetingLimit = TimeSpan.FromSeconds(130);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<IncomingBytes>> _meetings = new();

    /// <summary>The requests of a call whose bytes may come through a channel.</summary>
    public ChannelledRequests<UploadImageRequest> Read(IAsyncStreamReader<UploadImageRequest> requests) =>
        new(requests, request => request.Channel, chunk => new UploadImageRequest { Chunk = chunk }, this);

    /// <summary>The same.</summary>
    public ChannelledRequests<AppendUploadRequest> Read(IAsyncStreamReader<AppendUploadRequest> requests) =>
        new(requests, request => request.Channel, chunk => new AppendUploadRequest { Chunk = chunk }, this);

    /// <summary>Takes a channel's bytes, for a call.</summary>
    /// <param name="name">The channel's.</param>
    /// <param name="ct">The call is over.</param>
    /// <exception cref="FaultException">The name is none (INVALID_ARGUMENT), or no such connection comes (UNAVAILABLE).</exception>
    public async Task<IncomingBytes> TakeAsync(string name, CancellationToken ct)
    {
        if (!ByteChannelGreeting.IsName(name))
        {
            throw FaultException.Invalid([new FieldFault("channel.name", $"wants 32 of 0-9 and a-f; got {Shown.Quote(name)}")]);
        }
        var meeting = MeetingOf(name);
        try
        {
            var bytes = await meeting.Task.WaitAsync(MeetingLimit, time, ct);
            return bytes.TryTake() ? bytes : throw Missing(null);
        }
        catch (TimeoutException e)
        {
            throw Missing(e);
        }
        finally
        {
            Forget(name, meeting);
        }
    }

    /// <summary>Serves a connection, if it is a channel; passes all others on.</summary>
    internal async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        string? name;
        try
        {
            using var silent = new CancellationTokenSource(GreetingLimit, time);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default);
            name = await ByteChannelGreeting.ReadAsync(connection.Transport.Input, over.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Nothing was asked on it, and nothing will be.
            return;
        }
        await (name is null ? next(connection) : BringAsync(name, connection));
    }

    private async Task BringAsync(string name, ConnectionContext connection)
    {
        var bytes = new IncomingBytes(connection.Transport.Input);
        var meeting = MeetingOf(name);
        if (!meeting.TrySetResult(bytes))
        {
            // There is one of that name.
            return;
        }
        try
        {
            await bytes.ServedAsync(MeetingLimit, time);
        }
        finally
        {
            Forget(name, meeting);
        }
    }

    private TaskCompletionSource<IncomingBytes> MeetingOf(string name) =>
        _meetings.GetOrAdd(name, _ => new TaskCompletionSource<IncomingBytes>(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Forget(string name, TaskCompletionSource<IncomingBytes> meeting) => _meetings.TryRemove(KeyValuePair.Create(name, meeting));

    private static FaultException Missing(Exception? inner) =>
        new(FaultCode.Unavailable, $"the connection that was to bring the bytes did not come within {MeetingLimit.TotalSeconds} s: try again", inner: inner);
}
