namespace Qvmc.Images.Tests.Fetching;

/// <summary>A request as a server saw it.</summary>
internal sealed record SeenRequest(string Host, string Target, string? Range, string? IfRange, string? IfNewer, string? Agent, string? Encoding);
