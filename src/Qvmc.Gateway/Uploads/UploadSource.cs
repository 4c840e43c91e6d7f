using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Uploads;

/// <summary>An upload as a request brings it.</summary>
/// <param name="Header">What is coming.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="EndAsync">Called when all bytes were read: refuses what must not come after them.</param>
internal sealed record UploadSource(UploadHeader Header, Stream Bytes, Func<Task> EndAsync);
