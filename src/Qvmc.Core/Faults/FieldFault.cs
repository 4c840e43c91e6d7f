namespace Qvmc.Core.Faults;

/// <summary>What is wrong with one field of a request or a configuration.</summary>
/// <param name="Field">Path of the field as the protos name it: <c>spec.nics[0].mac</c>.</param>
/// <param name="Message">What was given and what is allowed, as one sentence without the field's name.</param>
public sealed record FieldFault(string Field, string Message);
