using Google.Protobuf.Collections;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Disks beside the first one, as a launch or an order may have them.</summary>
public static class DataDiskRules
{
    /// <summary>Every fault of <paramref name="disks"/>. One without a name is none: it gets one.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyList<DataDisk> disks, string field)
    {
        if (disks.Count > InstanceLimits.MaxDataDisks)
        {
            yield return new FieldFault(field, $"{disks.Count} data disks are too many: at most {InstanceLimits.MaxDataDisks}");
            yield break;
        }

        var names = new Dictionary<string, int>();
        for (var i = 0; i < disks.Count; i++)
        {
            if (CheckSize(disks[i].SizeMib, $"{field}[{i}].size_mib") is { } size)
            {
                yield return size;
            }

            if (disks[i].Name.Length == 0)
            {
                continue;
            }

            if (CheckName(disks[i].Name, $"{field}[{i}].name") is { } name)
            {
                yield return name;
            }
            else if (!names.TryAdd(disks[i].Name, i))
            {
                yield return new FieldFault($"{field}[{i}].name", $"{Shown.Quote(disks[i].Name)} is the name of {field}[{names[disks[i].Name]}] too: give each its own");
            }
        }
    }

    /// <summary>The fault of a name, or null.</summary>
    public static FieldFault? CheckName(string name, string field) => name.Length switch
    {
        0 => new FieldFault(field, "is missing: give the disk's name"),
        _ => IsName(name) ? null : new FieldFault(field, $"{Shown.Quote(name)} is not allowed: use 1 to {InstanceLimits.MaxDiskName} of a-z, 0-9 and '-', beginning with a letter"),
    };

    /// <summary>Whether <paramref name="name"/> can be a data disk's.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= InstanceLimits.MaxDiskName
        && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>The fault of a size in MiB, or null.</summary>
    public static FieldFault? CheckSize(uint mib, string field) => mib is >= 1 and <= InstanceLimits.MaxDiskMib
        ? null
        : new FieldFault(field, mib == 0 ? "is missing: give the disk's size in MiB" : $"{mib} is not allowed: use at most {InstanceLimits.MaxDiskMib} (MiB)");

    /// <summary>Gives every disk its name, and the generation that adds it.</summary>
    public static void Complete(RepeatedField<DataDisk> disks, uint generation)
    {
        foreach (var disk in disks)
        {
            disk.Name = disk.Name.Length > 0 ? disk.Name : FreeName(disks);
            disk.Generation = generation;
        }
    }

    /// <summary>The first of <c>data1</c>, <c>data2</c>, ... that none of <paramref name="disks"/> has.</summary>
    public static string FreeName(IReadOnlyCollection<DataDisk> disks) =>
        Enumerable.Range(1, disks.Count + 1).Select(n => $"data{n}").First(name => disks.All(d => d.Name != name));
}
