using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>One instance with all that people ask about it, a line for each fact.</summary>
internal static class InstanceDetail
{
    private const int LabelWidth = 12;

    /// <summary>Prints it.</summary>
    public static void Write(Terminal terminal, Instance instance)
    {
        foreach (var (label, value) in Facts(terminal, instance).Where(fact => fact.Value.Length > 0))
        {
            terminal.Out.Write($"{label.PadRight(LabelWidth)}{Plain.Line(value)}\n");
        }

        if (instance.Status?.LastError is { } error)
        {
            WriteTail(terminal.Out, "The end of its console:", error.ConsoleTail);
            WriteTail(terminal.Out, "The end of QEMU's own messages:", error.QemuLogTail);
        }
    }

    /// <summary>Prints the last lines of a text under a title, if there are any.</summary>
    public static void WriteTail(TextWriter writer, string title, string text)
    {
        const int most = 20;
        var lines = Plain.Tail(text, most);
        if (lines.Count == 0)
        {
            return;
        }

        writer.Write(title + "\n");
        foreach (var line in lines)
        {
            writer.Write($"  | {line}\n");
        }
    }

    private static IEnumerable<(string Label, string Value)> Facts(Terminal terminal, Instance instance)
    {
        var spec = instance.Spec ?? new InstanceSpec();
        var status = instance.Status ?? new InstanceStatus();
        yield return ("Name:", instance.Name);
        yield return ("State:", StateOf(instance, status));
        yield return ("Error:", status.LastError is { } error ? $"{error.Message} ({string.Join(", ", new[] { error.Reason, Ago(terminal, error.Time) }.Where(part => part.Length > 0))})" : "");
        yield return ("Image:", spec.Image);
        yield return ("CPUs:", spec.Cpus.ToString(CultureInfo.InvariantCulture));
        yield return ("Memory:", SizeText.OfMib(spec.MemoryMib));
        yield return ("Disk:", DiskOf(spec, status));
        foreach (var disk in spec.DataDisks)
        {
            yield return ("Data disk:", $"{disk.Name}, {SizeText.OfMib(disk.SizeMib)}{(disk.Detached ? ", detached" : "")}");
        }

        foreach (var cdrom in spec.Cdroms)
        {
            yield return ("CD:", cdrom.Image);
        }

        foreach (var nic in InterfaceText.Of(instance))
        {
            yield return ("Interface:", nic);
        }

        foreach (var address in AddressText.Of(status))
        {
            yield return ("Address:", address);
        }

        foreach (var forward in spec.Forwards)
        {
            yield return ("Forward:", ForwardText.Of(forward));
        }

        yield return ("Autostart:", AutostartOf(spec.Autostart));
        foreach (var (key, value) in instance.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            yield return ("Label:", $"{key}={value}");
        }

        yield return ("Node:", status.Node);
        yield return ("Machine:", MachineOf(status));
        yield return ("Guest:", status.Guest is { } guest ? string.Join(", ", new[] { guest.Os, guest.Kernel, guest.Hostname }.Where(part => part.Length > 0)) : "");
        yield return ("Cloud-init:", CloudInitText.Of(status));
        yield return ("Created:", Ago(terminal, instance.CreateTime));
        yield return ("Uptime:", status.StartTime is { } start ? InstanceTable.Age(terminal, start) : "");
        yield return ("Uid:", instance.Uid);
        if (status.Conditions.FirstOrDefault(c => c.Type == ConditionType.RestartRequired && c.Met) is { } restart)
        {
            yield return ("Note:", $"it runs on older settings; \"qvmc restart {instance.Name}\" applies the new ones{(restart.Message.Length > 0 ? $" ({restart.Message})" : "")}");
        }

        foreach (var trouble in status.Conditions.Where(c => c is { Met: true, Type: ConditionType.DiskFull or ConditionType.DiskError }))
        {
            yield return ("Trouble:", trouble.Message);
        }

        foreach (var warning in status.Warnings)
        {
            yield return ("Warning:", warning);
        }
    }

    private static string StateOf(Instance instance, InstanceStatus status)
    {
        var word = StageText.Word(instance);
        var deletion = instance.DeleteTime is null ? "" : ", being deleted";
        return StageText.Name(status.State) + (word.Length > 0 ? $" ({word})" : "") + deletion;
    }

    private static string DiskOf(InstanceSpec spec, InstanceStatus status)
    {
        var size = spec.DiskMib == 0 ? "the image's size" : SizeText.OfMib(spec.DiskMib);
        return status.DiskUsedBytes == 0 ? size : $"{size} ({SizeText.OfBytes(status.DiskUsedBytes)} in use)";
    }

    private static string AutostartOf(Autostart? autostart) => autostart is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"yes, order {autostart.Order}{(autostart.Delay is { } delay && delay.ToTimeSpan() > TimeSpan.Zero ? $", those after it wait {DurationText.Of(delay.ToTimeSpan())}" : "")}");

    private static string MachineOf(InstanceStatus status) => string.Join(", ", new[]
    {
        status.MachineType,
        status.Accelerator == Accelerator.Unspecified ? "" : status.Accelerator.ToString().ToUpperInvariant(),
        status.Pid == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"pid {status.Pid}"),
    }.Where(part => part.Length > 0));

    private static string Ago(Terminal terminal, Timestamp? time) =>
        time is null ? "" : $"{InstanceTable.Age(terminal, time)} ago";
}
