namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Metadata of a gRPC method that a service method provider adds in place of the generated one of the same name.
/// </summary>
public sealed class InsteadOfGenerated;
