using System.Diagnostics;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>Sends frames as they are from one machine, and tells which of them reached another.</summary>
internal static class Wire
{
    // AF_PACKET: below every check of the sender's own kernel, and above none of the receiver's.
    private const string Listen = """
        import socket, sys
        mark, end = (bytes.fromhex(a) for a in sys.argv[1:3])
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
        wire.bind(("eth0", 0))
        print("ready", flush=True)
        while True:
            frame, address = wire.recvfrom(65535)
            if address[2] == 4:  # PACKET_OUTGOING
                continue
            if end in frame:
                break
            if mark in frame:
                print(frame.hex(), flush=True)
        """;

    private const string Send = """
        import socket, sys
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        wire.bind(("eth0", 0))
        for frame in sys.argv[1:]:
            wire.send(bytes.fromhex(frame))
        """;

    /// <summary>Sends them, and after them a last one that is known to be let through. Answers which arrived, by their place.</summary>
    internal static async Task<IReadOnlyList<int>> ArrivalsAsync(TestNamespace from, TestNamespace to, IReadOnlyList<byte[]> frames, byte[] last, string lastMark)
    {
        var start = to.Command("/usr/bin/python3", "-c", Listen, Hex(System.Text.Encoding.ASCII.GetBytes(Frames.Mark)), Hex(System.Text.Encoding.ASCII.GetBytes(lastMark)));
        start.RedirectStandardOutput = true;
        using var listener = Process.Start(start)!;
        try
        {
            Assert.Equal("ready", await listener.StandardOutput.ReadLineAsync().WaitAsync(FirewallLab.Limit));
            await from.RunAsync(["/usr/bin/python3", "-c", Send, .. frames.Select(Hex), Hex(last)]);
            var heard = (await listener.StandardOutput.ReadToEndAsync().WaitAsync(FirewallLab.Limit)).Split('\n');

            // A tag is no part of what is heard: the kernel keeps it apart. So compared is what is behind where one may be.
            return [.. Enumerable.Range(0, frames.Count).Where(i => heard.Any(h => h.EndsWith(Hex(frames[i][18..]), StringComparison.Ordinal)))];
        }
        finally
        {
            if (!listener.HasExited)
            {
                listener.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
