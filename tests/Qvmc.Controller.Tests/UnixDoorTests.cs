using System.Net.Sockets;
using Qvmc.Controller.Nodes;

namespace Qvmc.Controller.Tests;

public sealed class UnixDoorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qd-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Says_whether_somebody_listens_and_why_not()
    {
        var path = Path.Combine(_directory, "s");
        var door = UnixDoor.Of($"unix://{path}")!;
        Assert.Equal("there is no such socket", door.Knock());
        using (var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            bound.Bind(new UnixDomainSocketEndPoint(path));
            Assert.Equal("nobody listens there", door.Knock());
            bound.Listen(1);
            Assert.Null(door.Knock());

            // Nobody accepts, and the queue is full: somebody is there all the same.
            Assert.All(Enumerable.Repeat(door, 5), d => Assert.Null(d.Knock()));
        }

        Assert.Null(UnixDoor.Of("http://127.0.0.1:1"));
    }
}
