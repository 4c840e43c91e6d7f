using System.Globalization;

namespace Qvmc.Faults.Harness;

/// <summary>How much is tried: little in CI, more by <c>make faults</c>.</summary>
public static class Effort
{
    /// <summary>How often each drill is run (QVMC_FAULTS_ROUNDS). More than one: every scenario at every step that it comes to, each time it comes there.</summary>
    public static int Rounds { get; } = Number("QVMC_FAULTS_ROUNDS", 1);

    /// <summary>How many sequences of operations are run on real daemons (QVMC_FAULTS_SEQUENCES).</summary>
    public static int Sequences { get; } = Number("QVMC_FAULTS_SEQUENCES", 8);

    /// <summary>How many are run where a stub stands for QEMU.</summary>
    public static int QuickSequences => Sequences * 5;

    /// <summary>Where random sequences begin (QVMC_FAULTS_SEED); empty: anywhere.</summary>
    public static string? Seed { get; } = Environment.GetEnvironmentVariable("QVMC_FAULTS_SEED") is { Length: > 0 } seed ? seed : null;

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
