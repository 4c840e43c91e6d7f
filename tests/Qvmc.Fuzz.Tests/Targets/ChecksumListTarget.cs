using Qvmc.Core.Faults;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Images;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Lists of checksums: what one gives for a file is a checksum that is in it, or a fault that says what is missing; nothing that
/// is added about another file changes it.
/// </summary>
internal sealed class ChecksumListTarget : FuzzTarget
{
    private static readonly Uri s_file = new("https://h.example/a/b/disk%20one.qcow2");

    public override string Name => "checksum-list";

    public override IReadOnlyList<string> Words => ["disk one.qcow2", "b/disk one.qcow2", "  ", " *", "SHA256 (", ") = ", "SHA256 () = ", "SHA2-512(", "\\", "\n", "\r\n", "- ", new string('a', 64), new string('0', 128), "sha256:"];

    public override void Run(byte[] input)
    {
        // No other line can agree better with the file's path than this one.
        var own = new string('d', 64);
        var with = Of([.. System.Text.Encoding.ASCII.GetBytes($"SHA256 (a/b/disk one.qcow2) = {own}\n"), .. input]);
        Assert.True(with?.Any(checksum => checksum.Hex == own) ?? Text(input).Contains("disk one.qcow2", StringComparison.Ordinal), "its line is not found");
        var digits = Text(input).ToLowerInvariant();
        var found = Of(input);
        foreach (var checksum in found ?? [])
        {
            Assert.True(Checksum.TryParse(checksum.ToString(), out var again) && again == checksum, $"{checksum} is no checksum");
            Assert.Contains(checksum.Hex, digits, StringComparison.Ordinal);
        }

        if (found is not null)
        {
            Assert.Equal(found, Of([.. input, .. "\n"u8, .. System.Text.Encoding.UTF8.GetBytes($"{new string('b', 64)}  another\n")]) ?? found);
        }
    }

    private static IReadOnlyList<Checksum>? Of(byte[] list)
    {
        try
        {
            return ChecksumList.Parse(list).Of(s_file);
        }
        catch (FaultException e)
        {
            Assert.Equal(FaultCode.FailedPrecondition, e.Code);
            Assert.InRange(e.Message.Length, 1, 2000);
            return null;
        }
    }
}
