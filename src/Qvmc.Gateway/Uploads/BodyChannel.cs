using Grpc.Core;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Uploads;

/// <summary>
/// Brings a request's bytes to a call of the controller's, through a channel of its own. When the call ends before its
/// bytes do, nothing is read any more.
/// </summary>
internal sealed class BodyChannel<T> : IAsyncDisposable
{
    private readonly IClientStreamWriter<T> _call;
    private readonly Task _answer;
    private readonly Func<ByteChannel, T> _message;
    private readonly OutgoingBytes _bytes;
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _reading;

    private BodyChannel(IClientStreamWriter<T> call, Task answer, Func<ByteChannel, T> message, OutgoingBytes bytes, CancellationToken ct)
    {
        (_call, _answer, _message, _bytes) = (call, answer, message, bytes);
        _reading = CancellationTokenSource.CreateLinkedTokenSource(ct, _over.Token);
        answer.ContinueWith((_, over) => ((CancellationTokenSource)over!).Cancel(), _over, _closed.Token, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Opens one and tells the call of it.</summary>
    /// <param name="controller">Opens channels to the controller.</param>
    /// <param name="call">The call's requests.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="message">Makes a request that tells of a channel.</param>
    /// <param name="ct">Ends the reading of bytes.</param>
    /// <exception cref="RpcException">The controller ended the call.</exception>
    /// <exception cref="InvalidOperationException">The controller has ended the call already.</exception>
    /// <exception cref="Core.Faults.FaultException">The controller can't be reached.</exception>
    public static async Task<BodyChannel<T>> OpenAsync(ByteChannelClient controller, IClientStreamWriter<T> call, Task answer, Func<ByteChannel, T> message, CancellationToken ct)
    {
        var bytes = await controller.OpenAsync(ct);
        try
        {
            await call.WriteAsync(message(new ByteChannel { Name = bytes.Name }), CancellationToken.None);
            return new BodyChannel<T>(call, answer, message, bytes, ct);
        }
        catch
        {
            await bytes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends everything that comes, and tells how that ended.</summary>
    /// <returns>Null: at the end. Otherwise why no more came; what came before it has been sent.</returns>
    /// <exception cref="InvalidOperationException">The controller has ended the call, and its answer says why.</exception>
    public async Task<Exception?> SendAsync(Stream body)
    {
        try
        {
            var cause = await BodyPieces.SendAsync(body, piece => _bytes.WriteAsync(piece, _over.Token), _reading.Token);
            return _over.IsCancellationRequested ? throw Over(cause) : cause;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            throw await GiveUpAsync(e);
        }
    }

    /// <summary>Tells the call that these were all, and waits until it has ended, however.</summary>
    /// <exception cref="RpcException">The controller ended the call.</exception>
    /// <exception cref="InvalidOperationException">The controller has ended the call already.</exception>
    public async Task EndAsync()
    {
        try
        {
            await _bytes.EndAsync();
        }
        catch (IOException e)
        {
            throw await GiveUpAsync(e);
        }
        await _call.WriteAsync(_message(new ByteChannel { Name = _bytes.Name, SentBytes = _bytes.Sent }), CancellationToken.None);
        await _call.CompleteAsync();
        await _answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _reading.Dispose();
        await _bytes.DisposeAsync();
    }

    // Nobody takes the bytes any more. Should it not know that itself, the call hears that no more comes.
    private async Task<Exception> GiveUpAsync(Exception cause)
    {
        await _call.CompleteAsync();
        return Over(cause);
    }

    private static InvalidOperationException Over(Exception? inner) => new("the controller has ended the call", inner);
}
