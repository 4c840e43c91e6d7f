namespace Qvmc.Os.Processes;

/// <summary>What is done in a child so that it gets the descriptors it is given, from 3 upwards, and no others.</summary>
internal static class SpawnPlan
{
    private const int ReadOnly = 0, WriteOnly = 1;
    private const uint OwnerOnly = 0x180;

    /// <summary>The actions, in order.</summary>
    /// <param name="descriptors">Ours that it is given.</param>
    /// <param name="outputPath">Where its output goes.</param>
    /// <param name="workingDirectory">Where it works.</param>
    /// <param name="abi">What the host needs.</param>
    internal static IEnumerable<SpawnAction> Of(IReadOnlyList<int> descriptors, string outputPath, string workingDirectory, SpawnAbi abi)
    {
        // Moved out of the way first, above all of them: a target may be the number of one still to be placed.
        var count = descriptors.Count;
        var parking = descriptors.Append(3 + count).Max() + 1;
        for (var i = 0; i < count; i++)
        {
            yield return new SpawnAction.Duplicate(descriptors[i], parking + i);
        }

        for (var i = 0; i < count; i++)
        {
            yield return new SpawnAction.Duplicate(parking + i, 3 + i);
        }

        // Where all is closed but what an action made, the parked ones were made by one.
        for (var i = 0; abi.ClosesByDefault && i < count; i++)
        {
            yield return new SpawnAction.Close(parking + i);
        }

        if (!abi.ClosesByDefault)
        {
            yield return new SpawnAction.CloseFrom(3 + count);
        }

        yield return new SpawnAction.Open(0, "/dev/null", ReadOnly, 0);
        yield return new SpawnAction.Open(1, outputPath, WriteOnly | abi.CreateAndAppend, OwnerOnly);
        yield return new SpawnAction.Duplicate(1, 2);
        yield return new SpawnAction.ChangeDirectory(workingDirectory);
    }
}
