namespace Qvmc.Images.Intake;

/// <summary>The disk is full. Said to people once what was half done is gone, so that the room that they are told of is true.</summary>
/// <param name="needed">How many bytes it takes in all.</param>
/// <param name="inner">What the kernel said; null: it was foreseen, or a program said it.</param>
/// <param name="atLeast">It was not told how many come: it may take more.</param>
internal sealed class NoRoomException(long needed, Exception? inner = null, bool atLeast = false) : Exception("no room", inner)
{
    internal bool AtLeast => atLeast;

    internal long Needed => needed;
}
