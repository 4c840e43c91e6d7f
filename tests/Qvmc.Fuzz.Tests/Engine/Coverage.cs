using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>
/// What the counters in our assemblies say (Instrumentation): which branches an input took, roughly how often, and how
/// many all together. There is one set of them in a process, so one input is run at a time.
/// </summary>
internal static unsafe class Coverage
{
    private const int Size = 1 << 16;
    private static readonly byte* s_counters = (byte*)NativeMemory.AllocZeroed(Size);
    private static long s_steps;

    /// <summary>Branches taken since <see cref="Begin"/>.</summary>
    public static long Steps => Interlocked.Read(ref s_steps);

    /// <summary>What is instrumented can't run before it has somewhere to count.</summary>
    [ModuleInitializer]
    internal static void Attach()
    {
        Trace.SharedMem = s_counters;
        Trace.OnBranch = (_, _) => s_steps++;
    }

    public static void Begin()
    {
        NativeMemory.Clear(s_counters, Size);
        Trace.PrevLocation = 0;
        s_steps = 0;
    }

    /// <summary>Adds what was taken since <see cref="Begin"/> to what is known; whether there was anything new.</summary>
    public static bool AddTo(byte[] known)
    {
        var isNew = false;
        var words = (ulong*)s_counters;
        for (var i = 0; i < Size / sizeof(ulong); i++)
        {
            if (words[i] == 0)
            {
                continue;
            }

            for (var j = i * sizeof(ulong); j < (i + 1) * sizeof(ulong); j++)
            {
                var often = HowOften(s_counters[j]);
                isNew |= (known[j] & often) != often;
                known[j] |= often;
            }
        }

        return isNew;
    }

    public static byte[] NewMap() => new byte[Size];

    // As AFL does: once, twice, three times, up to 7, 15, 31, 127, more.
    private static byte HowOften(byte count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
