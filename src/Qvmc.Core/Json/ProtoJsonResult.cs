using Google.Protobuf;

namespace Qvmc.Core.Json;

/// <summary>What came of reading a message.</summary>
/// <param name="Message">The message; null when there are faults.</param>
/// <param name="Faults">Everything that is wrong.</param>
/// <param name="Places">Where each field was written, by its path as the protos name it.</param>
public sealed record ProtoJsonResult(IMessage? Message, IReadOnlyList<JsonFault> Faults, IReadOnlyDictionary<string, JsonPlace> Places)
{
    /// <summary>
    /// Where a field was written that the protos name <paramref name="path"/>; when it was not written, where the
    /// nearest field that holds it was, with the rest of the path added.
    /// </summary>
    public JsonPlace Find(string path)
    {
        for (var end = path.Length; end > 0; end = path.AsSpan(0, end).LastIndexOfAny('.', '['))
        {
            if (Places.TryGetValue(path[..end], out var place))
            {
                return place with { Path = place.Path + path[end..] };
            }
        }
        return new JsonPlace(path, JsonPosition.None);
    }
}
