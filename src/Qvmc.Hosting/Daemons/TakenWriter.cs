using Grpc.Core;

namespace Qvmc.Hosting.Daemons;

/// <summary>A stream of responses that ends its call when a message is not taken within <see cref="TakenStreams.Limit"/>.</summary>
internal sealed class TakenWriter<T>(IServerStreamWriter<T> responses, ServerCallContext call, TimeProvider time) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions
    {
        get => responses.WriteOptions;
        set => responses.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        var writing = responses.WriteAsync(message, cancellationToken);
        return writing.IsCompleted ? writing : WaitAsync(writing);
    }

    private async Task WaitAsync(Task writing)
    {
        try
        {
            await writing.WaitAsync(TakenStreams.Limit, time);
        }
        catch (TimeoutException e)
        {
            // Not by an answer, which would wait behind what is not taken.
            call.GetHttpContext().Abort();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new OperationCanceledException($"the client took nothing for {TakenStreams.Limit.TotalSeconds} s", e);
        }
    }
}
