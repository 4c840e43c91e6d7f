namespace Qvmc.Core.Instances;

/// <summary>A verdict and the sentence that tells the user.</summary>
/// <param name="Verdict">What becomes of the command.</param>
/// <param name="Message">What is done, what is so already, or why not and what would help.</param>
public sealed record Ruling(Verdict Verdict, string Message);
