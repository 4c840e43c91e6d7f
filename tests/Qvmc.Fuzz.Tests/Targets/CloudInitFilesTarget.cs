using System.Globalization;
using System.Text;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Qemu.Guest;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>What a guest's cloud-init says of itself: whatever it is, one bounded line comes of it that drives no terminal.</summary>
internal sealed class CloudInitFilesTarget : FuzzTarget
{
    public override string Name => "cloud-init-files";

    public override IReadOnlyList<string> Words => ["\n----\n", "\"v1\"", "\"errors\"", "\"recoverable_errors\"", "\"modules-final\"", "\"start\": 1.5", "\"finished\": null", "\\ud800", "('scripts_user', RuntimeError('", "'))", "\\u001b[2J", "\\u202e"];

    public override void Run(byte[] input)
    {
        var parts = Parts(input, 2);
        var (first, second) = (Encoding.UTF8.GetBytes(parts[0]), Encoding.UTF8.GetBytes(parts[1]));
        foreach (var report in (CloudInitReport[])[CloudInitFiles.Ended(first, second), CloudInitFiles.Working(first), CloudInitFiles.Ended(input, input), CloudInitFiles.Working(input)])
        {
            Assert.InRange(report.Message.Length, 0, CloudInitText.MaxMessage + 40);
            Assert.All(report.Message.EnumerateRunes(), rune => Assert.False(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format));
        }

        var unit = CloudInitUnit.Parse(Text(input));
        Assert.InRange(unit.Over?.Length ?? 0, 0, 200);
    }
}
