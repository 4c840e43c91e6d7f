using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;

namespace Qvmc.Hosting.Faults;

/// <summary>
/// A stream of requests in which one that can't be read is the caller's fault, and one that breaks off is a call that
/// was cancelled: its token says so, too, but a moment later.
/// </summary>
internal sealed class CheckedStreamReader<T>(IAsyncStreamReader<T> requests) : IAsyncStreamReader<T>
{
    public T Current => requests.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await requests.MoveNext(cancellationToken);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FaultException(FaultCode.InvalidArgument, $"a message of the request can't be read: {e.Message}", inner: e);
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("the caller broke its stream of requests off", e);
        }
    }
}
