using Qvmc.Core.Consoles;
using Qvmc.Core.Instances;
using Qvmc.Fuzz.Tests.Engine;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>A guest's console as it is shown: nothing in it drives a terminal, and what is clean stays as it is.</summary>
internal sealed class ConsoleTarget : FuzzTarget
{
    public override string Name => "console";

    public override IReadOnlyList<string> Words => ["\u001b", "\u001b[", "\u001b]0;", "\u0007", "\u001b\\", "\r\n", "\u009b", "31m", "é", "😀"];

    public override void Run(byte[] input)
    {
        var clean = ConsoleText.Clean(input);
        Assert.DoesNotContain(clean, c => char.IsControl(c) && c is not ('\t' or '\n'));
        Assert.InRange(clean.Length, 0, input.Length);
        Assert.Equal(clean, ConsoleText.Clean(System.Text.Encoding.UTF8.GetBytes(clean)));
        Assert.DoesNotContain(Shown.Quote(Text(input)), c => char.IsControl(c));
    }
}
