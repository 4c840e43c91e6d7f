using System.Net.Sockets;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Qemu.Networks.Dhcp;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// dnsmasq's lease file, half of which guests wrote: each line stands for itself, so a file that is cut anywhere gives a beginning
/// of what the whole gives, and what is read is of one kind or the other.
/// </summary>
internal sealed class LeasesTarget : FuzzTarget
{
    public override string Name => "leases";

    public override IReadOnlyList<string> Words => ["\n", " ", "duid 00:01", "0 ", "1700000000 ", "52:54:00:12:34:56", "10.0.0.2", "fd00::2", "T12", "12", "*", "253402300800", "\0", "::ffff:10.0.0.1", "10.2"];

    public override void Run(byte[] input)
    {
        var text = Text(input);
        var read = LeaseText.Parse(text);
        foreach (var line in read.Lines)
        {
            Assert.Contains(line.Raw + "\n", text, StringComparison.Ordinal);
            Assert.True(line.Address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6);
            Assert.Equal(line.IsIpv6, line.Holder.All(char.IsAsciiDigit));
            Assert.DoesNotContain(line.Holder, char.IsControl);
        }

        Assert.Equal(read.Lines, LeaseText.Parse(string.Concat(read.Lines.Select(line => line.Raw + "\n"))).Lines);
        for (var cut = 1; cut < text.Length; cut += Math.Max(1, text.Length / 8))
        {
            var part = LeaseText.Parse(text[..cut]).Lines;
            Assert.Equal(read.Lines.Take(part.Count), part);
        }
    }
}
