using System.Text.Json;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;

namespace Qvmc.Core.Json;

/// <summary>Walks a document beside the descriptor of the message it should be, and gathers faults and places.</summary>
internal sealed class ProtoJsonWalk
{
    // What is said of a fault is longer than what makes one: more would let a request be answered with a hundred times its size.
    private const int MostFaults = 100;

    private readonly List<JsonFault> _faults = [];
    private readonly Dictionary<string, JsonPlace> _places = [];

    public IReadOnlyList<JsonFault> Faults => _faults;

    public IReadOnlyDictionary<string, JsonPlace> Places => _places;

    /// <summary>Checks a document and returns it as the parser is to read it.</summary>
    public JsonSpot Check(JsonSpot json, MessageDescriptor type) => Message(json, type, new JsonPath("", ""));

    private JsonSpot Message(JsonSpot json, MessageDescriptor type, JsonPath path)
    {
        if (json.Kind != JsonValueKind.Object)
        {
            Fault(json.Position, path, $"wants an object; got {json.Describe()}");
            return json;
        }
        var taken = new JsonSpot(JsonValueKind.Object, json.Position);
        var byField = new Dictionary<FieldDescriptor, JsonMember>();
        var byOneof = new Dictionary<OneofDescriptor, JsonMember>();
        foreach (var member in json.Members)
        {
            var field = Find(type, member.Name);
            if (field is null)
            {
                Fault(member.Position, path.Member(member.Name, member.Name), _faults.Count < MostFaults ? Unknown(member.Name, type) : "is not known");
                continue;
            }
            var at = path.Member(member.Name, field.Name);
            if (!byField.TryAdd(field, member))
            {
                Fault(member.Position, at, $"is given twice, first{As(byField[field].Name, member.Name)} {Place(byField[field].Position)}");
                continue;
            }
            _places.TryAdd(at.Proto, new JsonPlace(at.Written, member.Value.Position));
            if (member.Value.Kind == JsonValueKind.Null)
            {
                continue;
            }
            if (field.RealContainingOneof is { } oneof && !byOneof.TryAdd(oneof, member))
            {
                Fault(member.Position, at, $"can't be given together with \"{byOneof[oneof].Name}\"; choose one of {Names(oneof.Fields.Select(f => f.Name))}");
                continue;
            }
            taken.Members.Add(new JsonMember(field.Name, member.Position, Field(member.Value, field, at)));
        }
        return taken;
    }

    private JsonSpot Field(JsonSpot value, FieldDescriptor field, JsonPath path) =>
        field.IsMap ? Map(value, field, path)
        : field.IsRepeated ? List(value, field, path)
        : Single(value, field, path);

    private JsonSpot Map(JsonSpot value, FieldDescriptor field, JsonPath path)
    {
        if (value.Kind != JsonValueKind.Object)
        {
            Fault(value.Position, path, $"wants an object; got {value.Describe()}");
            return value;
        }
        var valueField = field.MessageType.FindFieldByNumber(2);
        var taken = new JsonSpot(JsonValueKind.Object, value.Position);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.Members)
        {
            var at = path.Key(member.Name);
            if (!keys.Add(member.Name))
            {
                Fault(member.Position, at, "is given twice");
                continue;
            }
            _places.TryAdd(at.Proto, new JsonPlace(at.Written, member.Value.Position));
            taken.Members.Add(member with { Value = Single(member.Value, valueField, at) });
        }
        return taken;
    }

    private JsonSpot List(JsonSpot value, FieldDescriptor field, JsonPath path)
    {
        if (value.Kind != JsonValueKind.Array)
        {
            Fault(value.Position, path, $"wants a list; got {value.Describe()}");
            return value;
        }
        var taken = new JsonSpot(JsonValueKind.Array, value.Position);
        foreach (var item in value.Items)
        {
            var at = path.Element(taken.Items.Count);
            _places.TryAdd(at.Proto, new JsonPlace(at.Written, item.Position));
            taken.Items.Add(Single(item, field, at));
        }
        return taken;
    }

    private JsonSpot Single(JsonSpot value, FieldDescriptor field, JsonPath path)
    {
        if (field.FieldType == FieldType.Message && !ProtoJsonLeaf.IsLeaf(field.MessageType))
        {
            return Message(value, field.MessageType, path);
        }
        var leaf = field.FieldType == FieldType.Message && field.MessageType == FieldMask.Descriptor ? ProtoJsonLeaf.Mask(value) : value;
        if (ProtoJsonLeaf.Check(leaf, field) is { } message)
        {
            Fault(value.Position, path, message);
        }
        return leaf;
    }

    private void Fault(JsonPosition position, JsonPath path, string message)
    {
        if (_faults.Count <= MostFaults)
        {
            _faults.Add(new JsonFault(position, path.Written, _faults.Count < MostFaults ? message : "and what follows has more faults than are told"));
        }
    }

    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(field => field.Name == name || field.JsonName == name);

    private static string Unknown(string name, MessageDescriptor type)
    {
        var names = type.Fields.InDeclarationOrder().Select(field => field.Name).ToList();
        return names.Count == 0
            ? "is not known; nothing can be given here"
            : NearestName.Find(name, names) is { } near
            ? $"is not known; did you mean \"{near}\"?"
            : $"is not known; here can be {Names(names)}";
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));

    private static string As(string first, string second) => first == second ? "" : $" as \"{first}\"";

    private static string Place(JsonPosition position) => position == JsonPosition.None ? "elsewhere in the request" : $"on line {position.Line}";
}
