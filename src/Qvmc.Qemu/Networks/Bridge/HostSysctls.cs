using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>
/// Settings of the host's kernel that networks need. What a setting was is on record before it is changed; when the
/// last network that needs it is gone it is put back, unless somebody else has changed it since. That goes for the
/// settings too that the kernel changes with it (<see cref="SysctlEffects"/>).
/// </summary>
/// <param name="root">Where the kernel shows them: /proc/sys.</param>
/// <param name="path">Where the record is kept.</param>
internal sealed class HostSysctls(string root, string path)
{
    private readonly StateFile _file = new(path);
    private readonly Lock _gate = new();

    /// <summary>Its value, or null where there is none of the name.</summary>
    internal string? Read(string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, name)).Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Names such as <c>net/ipv6/conf/INTERFACE/accept_ra</c> for every interface, the coming ones ("default") too.</summary>
    internal IReadOnlyList<string> OfInterfaces(string family, string setting)
    {
        var directory = Path.Combine(root, "net", family, "conf");
        return Directory.Exists(directory)
            ? [.. Directory.EnumerateDirectories(directory).Select(Path.GetFileName).OfType<string>()
                .Where(i => i is not "all" and not "lo" && File.Exists(Path.Combine(directory, i, setting)))
                .Order(StringComparer.Ordinal).Select(i => $"net/{family}/conf/{i}/{setting}")]
            : [];
    }

    /// <summary>Changes settings of the host for a network, in this order.</summary>
    /// <exception cref="FaultException">One can't be changed, or recorded.</exception>
    internal void Need(string network, IReadOnlyList<(string Name, string Value)> settings)
    {
        lock (_gate)
        {
            var record = Load();
            foreach (var (name, value) in settings)
            {
                if (record[name] is not JsonObject entry)
                {
                    if (Read(name) is not { } before || before == value)
                    {
                        // Not ours to change, nor to put back.
                        continue;
                    }

                    record[name] = entry = new JsonObject { ["boot"] = HostBoot.Id, ["before"] = before, ["set"] = value, ["networks"] = new JsonArray() };
                    if (SysctlEffects.Of(root, name).Count > 0)
                    {
                        entry["beside"] = new JsonObject(SysctlEffects.Of(root, name).Where(e => Read(e) is not null).Select(e => KeyValuePair.Create(e, (JsonNode?)Read(e))));
                    }
                }

                var networks = entry["networks"]!.AsArray();
                if (!networks.Any(n => n!.GetValue<string>() == network))
                {
                    networks.Add((JsonNode)network);
                }
            }

            if (record.Count > 0)
            {
                _file.Save(record);
            }

            foreach (var (name, value) in settings)
            {
                if (record.ContainsKey(name) && Read(name) != value)
                {
                    Set(name, value);
                }
            }
        }
    }

    /// <summary>A network needs nothing of the host any more: what no other needs either is as it was before, last first.</summary>
    internal void Release(string network)
    {
        lock (_gate)
        {
            var record = Load();
            foreach (var (name, node) in record.Reverse().ToList())
            {
                var networks = node!["networks"]!.AsArray();
                if (networks.FirstOrDefault(n => n!.GetValue<string>() == network) is { } needed)
                {
                    networks.Remove(needed);
                }

                if (networks.Count > 0)
                {
                    continue;
                }

                PutBack(name, node.AsObject());
                record.Remove(name);
            }

            if (record.Count > 0)
            {
                _file.Save(record);
            }
            else
            {
                _file.Delete();
            }
        }
    }

    private void PutBack(string name, JsonObject entry)
    {
        var (before, set) = (entry["before"]!.GetValue<string>(), entry["set"]!.GetValue<string>());
        if (Read(name) != set)
        {
            return;
        }

        var beside = (entry["beside"]?.AsObject() ?? []).Select(b => (Name: b.Key, Before: b.Value!.GetValue<string>(), Now: Read(b.Key))).ToList();
        Set(name, before);
        foreach (var (other, was, now) in beside.Where(b => b.Now is not null))
        {
            // What the kernel made of it then is taken back; what somebody made of it since is what it was a moment ago.
            var wanted = now == SysctlEffects.Value(other, set) ? was : now!;
            if (Read(other) is { } there && there != wanted)
            {
                Set(other, wanted);
            }
        }
    }

    // The kernel begins anew with every start of the host, and so does the record.
    private JsonObject Load()
    {
        var record = _file.Load();
        foreach (var (name, _) in record.Where(e => e.Value?["boot"]?.GetValue<string>() != HostBoot.Id).ToList())
        {
            record.Remove(name);
        }

        return record;
    }

    /// <summary>Changes a setting that goes away with an interface of ours: nothing is to be remembered.</summary>
    /// <exception cref="FaultException">It can't be changed.</exception>
    internal void Set(string name, string value)
    {
        try
        {
            File.WriteAllText(Path.Combine(root, name), value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{Path.Combine(root, name)} can't be set to {value}: {e.Message}", inner: e);
        }
    }
}
