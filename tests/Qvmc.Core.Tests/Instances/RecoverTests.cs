using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Tests.Instances;

public class RecoverTests
{
    // Of a deletion the host knows by itself; status and etag are never stored.
    private static readonly string[] NotInAnOrder = ["delete_force", "instance.delete_time", "instance.etag", "instance.status", "node"];

    [Fact]
    public void An_order_holds_all_that_a_record_needs()
    {
        var record = new InstanceRecord();
        Fill(record, "");
        record.Node = "here";
        var recovered = Desire.Recover(Desire.Order(record), "here", new Timestamp { Seconds = 1 });
        Assert.Equal(record, recovered);
        Assert.Equal(Desire.Order(record), Desire.Order(recovered));
    }

    [Fact]
    public void An_order_of_an_earlier_version_has_the_time_that_it_is_given()
    {
        var record = new InstanceRecord();
        Fill(record, "");
        var order = Desire.Order(record);
        order.CreateTime = null;
        Assert.Equal(7, Desire.Recover(order, "here", new Timestamp { Seconds = 7 }).Instance.CreateTime.Seconds);
    }

    // Every field there is, also those that are yet to come: none can be forgotten.
    private static void Fill(IMessage message, string path)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var name = path + field.Name;
            if (NotInAnOrder.Contains(name))
            {
                continue;
            }

            if (field.IsMap)
            {
                ((System.Collections.IDictionary)field.Accessor.GetValue(message)).Add("key", "value");
            }
            else if (field.IsRepeated)
            {
                ((System.Collections.IList)field.Accessor.GetValue(message)).Add(Value(field, name));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, name));
            }
        }
    }

    private static object Value(FieldDescriptor field, string name)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                var message = field.MessageType.Parser.ParseFrom([]);
                Fill(message, name + ".");
                return message;
            case FieldType.String:
                return name;
            case FieldType.Bool:
                return true;
            case FieldType.UInt32:
                return (uint)field.FieldNumber;
            case FieldType.UInt64:
                return (ulong)field.FieldNumber;
            case FieldType.Int32:
                return field.FieldNumber;
            case FieldType.Int64:
                return (long)field.FieldNumber;
            case FieldType.Enum:
                return field.EnumType.Values[^1].Number;
            default:
                throw new NotSupportedException($"{name}: {field.FieldType}");
        }
    }
}
