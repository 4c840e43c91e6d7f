using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Qvmc.Core.Json;
using Qvmc.Hosting.Json;

namespace Qvmc.Hosting.Settings;

/// <summary>
/// Writes a configuration that explains itself: every field below its comment from the protos. Fields that the
/// values leave out are written as what the protos call unset: 0, "", false, null or an empty list.
/// </summary>
internal sealed class SettingsExample
{
    private readonly StringBuilder _text = new();
    private readonly ProtoComments _comments = ProtoComments.Load();

    public static string Write(MessageDescriptor type)
    {
        var example = new SettingsExample();
        example.Comment(type, 0);
        example.Message(SettingsValues.For(type), 0);
        return example._text.Append('\n').ToString();
    }

    private void Message(IMessage message, int depth)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        _text.Append("{\n");
        foreach (var (index, field) in fields.Index())
        {
            Comment(field, depth + 1);
            Indent(depth + 1).Append('"').Append(field.Name).Append("\": ");
            Value(field, field.Accessor.GetValue(message), depth + 1);
            _text.Append(index == fields.Count - 1 ? "\n" : ",\n");
        }
        Indent(depth).Append('}');
    }

    private void Value(FieldDescriptor field, object? value, int depth)
    {
        if (field.IsRepeated)
        {
            List(field, (System.Collections.IList)value!, depth);
            return;
        }
        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case IMessage message when !ProtoJsonLeaf.IsLeaf(message.Descriptor):
                Message(message, depth);
                break;
            case IMessage message:
                _text.Append(JsonFormatter.Default.Format(message));
                break;
            case bool flag:
                _text.Append(flag ? "true" : "false");
                break;
            case string text:
                _text.Append('"').Append(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append('"');
                break;
            default:
                _text.Append(field.FieldType == FieldType.Enum ? $"\"{field.EnumType.FindValueByNumber((int)value)!.Name}\"" : $"{value}");
                break;
        }
    }

    private void List(FieldDescriptor field, System.Collections.IList items, int depth)
    {
        if (items.Count == 0)
        {
            _text.Append("[]");
            return;
        }
        _text.Append("[\n");
        for (var i = 0; i < items.Count; i++)
        {
            Indent(depth + 1);
            if (items[i] is IMessage message)
            {
                Message(message, depth + 1);
            }
            else
            {
                _text.Append('"').Append(JsonEncodedText.Encode($"{items[i]}")).Append('"');
            }
            _text.Append(i == items.Count - 1 ? "\n" : ",\n");
        }
        Indent(depth).Append(']');
    }

    private void Comment(IDescriptor descriptor, int depth)
    {
        var comment = _comments.Of(descriptor);
        if (descriptor is FieldDescriptor { FieldType: FieldType.Enum } field)
        {
            comment += $"\nOne of {string.Join(", ", field.EnumType.Values.Select(value => value.Name))}.";
        }
        foreach (var line in comment.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Indent(depth).Append("// ").Append(line).Append('\n');
        }
    }

    private StringBuilder Indent(int depth) => _text.Append(' ', depth * 2);
}
