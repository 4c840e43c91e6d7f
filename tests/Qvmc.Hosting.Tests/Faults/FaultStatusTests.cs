using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;

namespace Qvmc.Hosting.Tests.Faults;

public sealed class FaultStatusTests
{
    public static TheoryData<FaultCode> Codes => [.. Enum.GetValues<FaultCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_survives_the_way(FaultCode code)
    {
        var sent = new FaultException(code, "asked, so, do", [new FieldFault("spec.cpus", "is too many"), new FieldFault("name", "is bad")]);

        var received = FaultStatus.FromRpc(FaultStatus.ToRpc(sent));

        Assert.Equal(sent.Code, received.Code);
        Assert.Equal(sent.Message, received.Message);
        Assert.Equal(sent.Fields, received.Fields);
        Assert.InRange(FaultStatus.ToHttp(code), 400, 504);
    }

    [Fact]
    public void When_to_ask_again_survives_the_way()
    {
        var sent = new FaultException(FaultCode.ResourceExhausted, "too fast") { RetryAfter = TimeSpan.FromMilliseconds(250) };

        Assert.Equal(sent.RetryAfter, FaultStatus.FromRpc(FaultStatus.ToRpc(sent)).RetryAfter);
        Assert.Null(FaultStatus.FromRpc(FaultStatus.ToRpc(new FaultException(FaultCode.ResourceExhausted, "too much"))).RetryAfter);
    }

    [Theory]
    [InlineData(StatusCode.NotFound, FaultCode.NotFound)]
    [InlineData(StatusCode.Aborted, FaultCode.Stale)]
    [InlineData(StatusCode.Unknown, FaultCode.Internal)]
    [InlineData(StatusCode.Unavailable, FaultCode.Unavailable)]
    public void Statuses_of_others_have_a_code_too(StatusCode status, FaultCode code) =>
        Assert.Equal(code, FaultStatus.FromRpc(new RpcException(new Status(status, "x"))).Code);

    [Fact]
    public void Very_many_faults_fit_into_trailers()
    {
        var fields = Enumerable.Range(0, 1000).Select(i => new FieldFault($"labels[\"{i}\"]", new string('ä', 100))).ToList();

        var rpc = FaultStatus.ToRpc(FaultException.Invalid(fields));

        var size = rpc.Trailers.Sum(entry => entry.IsBinary ? entry.ValueBytes.Length * 4 / 3 : entry.Value.Length);
        Assert.InRange(size, 1000, 8000);
        Assert.NotEmpty(FaultStatus.FromRpc(rpc).Fields);
        Assert.EndsWith("…", rpc.Status.Detail, StringComparison.Ordinal);
    }
}
