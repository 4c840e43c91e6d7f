using System.Text;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>Code that reads what others wrote, and what must hold of it whatever they wrote.</summary>
internal abstract class FuzzTarget
{
    /// <summary>As "make fuzz" and the corpus' directory call it.</summary>
    public abstract string Name { get; }

    /// <summary>Pieces that mean something to the code, beside those in the corpus.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>Longest input.</summary>
    public virtual int MaxLength => 4096;

    /// <summary>Whether what a byte means depends on its place: nothing is put in or taken out then.</summary>
    public virtual bool KeepsPlaces => false;

    /// <summary>Reads an input. Throws when something does not hold: any exception is a finding.</summary>
    public abstract void Run(byte[] input);

    /// <summary>How many branches of our code an input of this length may take.</summary>
    public virtual long MaxSteps(int length) => 50_000 + (1000L * length);

    /// <summary>How many bytes may be allocated for an input of this length, all together.</summary>
    public virtual long MaxAllocated(int length) => (4L << 20) + (2000L * length);

    /// <summary>The input as text; what is no UTF-8 comes as U+FFFD.</summary>
    protected static string Text(byte[] input) => Encoding.UTF8.GetString(input);

    /// <summary>The input in parts, for code that reads several things: what stands between lines of <c>----</c>.</summary>
    protected static string[] Parts(byte[] input, int count)
    {
        var parts = Text(input).Split("\n----\n", count);
        return [.. parts, .. Enumerable.Repeat("", count - parts.Length)];
    }
}
