using System.Globalization;
using System.Text.Json.Nodes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Controller.Recovery;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Cli.Recovery;

/// <summary>What was found, what of it can be recovered, and what was done.</summary>
/// <param name="StorePath">The store's file.</param>
/// <param name="StoreState">Null: it is not there; empty: it is sound; else what is wrong with it.</param>
/// <param name="Found">Every machine.</param>
/// <param name="Records">The records that can be made.</param>
internal sealed record RecoveryReport(string StorePath, string? StoreState, IReadOnlyList<(string Node, FoundMachine Machine)> Found, RecoveredRecords Records)
{
    /// <summary>They were written.</summary>
    public bool IsWritten { get; init; }

    /// <summary>Where what was there before is now; empty: nothing was there.</summary>
    public string MovedTo { get; init; } = "";

    /// <summary>Nothing is left out.</summary>
    public bool IsComplete => Records.Troubles.Count == 0 && Found.All(f => f.Machine.Record is not null || IsGoing(f.Machine));

    /// <summary>Prints it.</summary>
    public void Write(Printer printer) => printer.Node(ToJson, terminal =>
    {
        var machines = new Table("INSTANCE", "UID", "HOST", "GENERATION", "WANTED", "PROCESS", "LAUNCHED", "NOTE");
        foreach (var (node, machine) in Found)
        {
            var record = RecordOf(machine);
            var instance = record?.Instance;
            machines.Add(
                machine.Record?.Order.Name ?? "",
                Path.GetFileName(machine.Directory),
                node,
                instance?.Generation.ToString(CultureInfo.InvariantCulture) ?? "",
                instance is null ? "" : Shown.Name(instance.Spec.Power),
                machine.Pid == 0 ? "" : machine.Pid.ToString(CultureInfo.InvariantCulture),
                instance?.CreateTime.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "",
                NoteOf(machine));
        }

        machines.Write(terminal);
        terminal.Out.Write("\n");
        var images = new Table("IMAGE", "DIGEST", "FORMAT", "SIZE", "NOTE");
        foreach (var image in Records.Images)
        {
            images.Add(image.Name, image.Digest, image.Format, SizeText.OfBytes(image.SizeBytes), "");
        }

        foreach (var (name, why) in Records.Troubles.Where(t => Found.All(f => Path.GetFileName(f.Machine.Directory) != t.Key)))
        {
            images.Add(name, "", "", "", why);
        }

        images.Write(terminal);
        terminal.Out.Write($"\nThe store {StorePath} {StateText}.\n{Outcome}\n");
    });

    private string StateText => StoreState switch
    {
        null => "is not there",
        "" => "is sound",
        _ => $"can't be used: {StoreState}",
    };

    private string Outcome => IsWritten
        ? $"A new one is in its place, with {Records.Instances.Count} instances and {Records.Images.Count} images{(MovedTo.Length > 0 ? $"; what was there is in {MovedTo}" : "")}. Start the controller: it finds the machines as they are."
        : $"Nothing was changed. With --write a new one would have {Records.Instances.Count} instances and {Records.Images.Count} images.";

    private static bool IsGoing(FoundMachine machine) => machine.Trouble is "is being removed" or "has no record: its launch broke off";

    private InstanceRecord? RecordOf(FoundMachine machine) =>
        machine.Record is { } record ? Records.Instances.FirstOrDefault(i => i.Instance.Uid == record.Order.Uid) : null;

    private string NoteOf(FoundMachine machine) => machine.Trouble.Length > 0
        ? $"left alone: {machine.Trouble}"
        : Records.Troubles.GetValueOrDefault(machine.Record!.Order.Uid, machine.Record.Order.CreateTime is null ? "last ordered by an earlier version: labels are not known" : "");

    private JsonObject ToJson()
    {
        var machines = new JsonArray();
        foreach (var (node, machine) in Found)
        {
            machines.Add((JsonNode)new JsonObject
            {
                ["name"] = machine.Record?.Order.Name ?? "",
                ["uid"] = Path.GetFileName(machine.Directory),
                ["node"] = node,
                ["recovered"] = RecordOf(machine) is not null,
                ["pid"] = machine.Pid,
                ["note"] = NoteOf(machine),
            });
        }

        var images = new JsonArray();
        foreach (var image in Records.Images)
        {
            images.Add((JsonNode)new JsonObject { ["name"] = image.Name, ["digest"] = image.Digest, ["format"] = image.Format });
        }

        return new JsonObject
        {
            ["store"] = StorePath,
            ["storeState"] = StoreState is null ? "missing" : StoreState.Length == 0 ? "sound" : StoreState,
            ["machines"] = machines,
            ["images"] = images,
            ["written"] = IsWritten,
            ["movedTo"] = MovedTo,
        };
    }
}
