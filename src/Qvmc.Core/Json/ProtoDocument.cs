using Google.Protobuf;
using Qvmc.Core.Faults;

namespace Qvmc.Core.Json;

/// <summary>A whole document that holds one message: read strictly, and every fault under where it was written.</summary>
public static class ProtoDocument
{
    /// <summary>Reads it.</summary>
    /// <param name="source">What the document is called in faults: a path or a URL.</param>
    /// <param name="utf8">Its text.</param>
    /// <param name="allowComments">Whether <c>//</c> and <c>/* */</c> comments are allowed.</param>
    /// <param name="rules">What must hold of the message; asked only when the document as such is good.</param>
    /// <exception cref="FaultException">INVALID_ARGUMENT with every fault, each under <c>SOURCE:LINE:COLUMN: field.path</c>.</exception>
    public static T Read<T>(string source, ReadOnlySpan<byte> utf8, bool allowComments, Func<T, IReadOnlyList<FieldFault>> rules)
        where T : IMessage<T>, new()
    {
        if (JsonText.Read(utf8, allowComments, out var json) is { } syntax)
        {
            throw FaultException.Invalid([Describe(source, syntax)]);
        }

        var result = ProtoJson.Read(json, new T().Descriptor);
        FaultException.ThrowIfAny([.. result.Faults.Select(fault => Describe(source, fault))]);
        var message = (T)result.Message!;
        FaultException.ThrowIfAny([.. rules(message).Select(fault => Locate(source, result, fault))]);
        return message;
    }

    private static FieldFault Describe(string source, JsonFault fault) =>
        new(fault.Path.Length == 0 ? $"{source}:{fault.Position}" : $"{source}:{fault.Position}: {fault.Path}", fault.Message);

    private static FieldFault Locate(string source, ProtoJsonResult result, FieldFault fault)
    {
        var place = result.Find(fault.Field);
        return place.Position == JsonPosition.None
            ? new FieldFault($"{source}: {fault.Field}", fault.Message)
            : Describe(source, new JsonFault(place.Position, place.Path, fault.Message));
    }
}
