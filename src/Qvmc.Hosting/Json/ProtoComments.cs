using Google.Protobuf.Reflection;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Json;

/// <summary>The comments of the protos, by the full name of what they speak of.</summary>
public sealed class ProtoComments
{
    private readonly Dictionary<string, string> _comments = [];

    private ProtoComments(FileDescriptorSet files)
    {
        foreach (var file in files.File)
        {
            var names = new Dictionary<string, string>();
            foreach (var (index, message) in file.MessageType.Index())
            {
                AddMessage(names, $"4.{index}", $"{file.Package}.{message.Name}", message);
            }
            foreach (var (index, type) in file.EnumType.Index())
            {
                AddEnum(names, $"5.{index}", $"{file.Package}.{type.Name}", type);
            }
            foreach (var (index, service) in file.Service.Index())
            {
                names[$"6.{index}"] = $"{file.Package}.{service.Name}";
                foreach (var (methodIndex, method) in service.Method.Index())
                {
                    names[$"6.{index}.2.{methodIndex}"] = $"{file.Package}.{service.Name}.{method.Name}";
                }
            }
            foreach (var location in file.SourceCodeInfo.Location)
            {
                if (names.TryGetValue(string.Join('.', location.Path), out var name))
                {
                    _comments[name] = string.Join('\n', location.LeadingComments.TrimEnd().Split('\n').Select(line => line.Trim()));
                }
            }
        }
    }

    /// <summary>Reads the comments that were embedded when the protos were compiled.</summary>
    public static ProtoComments Load()
    {
        using var stream = typeof(GatewaySettings).Assembly.GetManifestResourceStream("qvmc.protoset")
            ?? throw new InvalidOperationException("the build left qvmc.protoset out of Qvmc.Protos");
        return new ProtoComments(FileDescriptorSet.Parser.ParseFrom(stream));
    }

    /// <summary>The comment on a message, field, enum, value, service or method; empty when it has none.</summary>
    public string Of(IDescriptor descriptor) => Of(descriptor.FullName);

    /// <summary>The comment on what has this full name. A value of an enum is under its enum's name.</summary>
    public string Of(string fullName) => _comments.GetValueOrDefault(fullName, "");

    // The numbers are those of descriptor.proto's fields: 4 message_type, 5 enum_type, 6 service; in a message
    // 2 field, 3 nested_type, 4 enum_type; in an enum 2 value; in a service 2 method.
    private static void AddMessage(Dictionary<string, string> names, string path, string name, DescriptorProto message)
    {
        names[path] = name;
        foreach (var (index, field) in message.Field.Index())
        {
            names[$"{path}.2.{index}"] = $"{name}.{field.Name}";
        }
        foreach (var (index, nested) in message.NestedType.Index())
        {
            AddMessage(names, $"{path}.3.{index}", $"{name}.{nested.Name}", nested);
        }
        foreach (var (index, type) in message.EnumType.Index())
        {
            AddEnum(names, $"{path}.4.{index}", $"{name}.{type.Name}", type);
        }
    }

    private static void AddEnum(Dictionary<string, string> names, string path, string name, EnumDescriptorProto type)
    {
        names[path] = name;
        foreach (var (index, value) in type.Value.Index())
        {
            names[$"{path}.2.{index}"] = $"{name}.{value.Name}";
        }
    }
}
