namespace Qvmc.Core.Json;

/// <summary>What is wrong at one place of a document.</summary>
/// <param name="Position">Where.</param>
/// <param name="Path">The field, in the document's own spelling; empty when the text as a whole is at fault.</param>
/// <param name="Message">What was given and what is allowed.</param>
public sealed record JsonFault(JsonPosition Position, string Path, string Message);
