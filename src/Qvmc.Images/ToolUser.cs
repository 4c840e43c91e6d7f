namespace Qvmc.Images;

/// <summary>Who runs a program that reads what a guest may have had a hand in, when we are root.</summary>
/// <param name="UserId">The user.</param>
/// <param name="GroupId">Its group, and its only one.</param>
public sealed record ToolUser(uint UserId, uint GroupId);
