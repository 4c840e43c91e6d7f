using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>Instances as rows.</summary>
internal static class InstanceTable
{
    /// <summary>Prints them.</summary>
    public static void Write(Terminal terminal, IEnumerable<Instance> instances)
    {
        var table = new Table("NAME", "STATE", "STAGE", "IMAGE", "CPUS", "MEMORY", "ADDRESS", "NODE", "AGE");
        foreach (var instance in instances)
        {
            var status = instance.Status ?? new InstanceStatus();
            table.Add(
                instance.Name,
                StageText.Name(status.State),
                StageText.Word(instance),
                instance.Spec.Image,
                instance.Spec.Cpus.ToString(CultureInfo.InvariantCulture),
                SizeText.OfMib(instance.Spec.MemoryMib),
                status.Addresses.FirstOrDefault()?.Ip ?? status.Nics.FirstOrDefault(n => n.Ipv4.Length > 0)?.Ipv4 ?? "",
                status.Node,
                Age(terminal, instance.CreateTime));
        }

        table.Write(terminal);
    }

    /// <summary>How long ago, for people; empty when not known.</summary>
    public static string Age(Terminal terminal, Timestamp? time) =>
        time is null ? "" : DurationText.Of(terminal.Clock.GetUtcNow() - time.ToDateTimeOffset());
}
