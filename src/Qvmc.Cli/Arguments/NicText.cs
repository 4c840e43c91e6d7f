using System.Globalization;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Arguments;

/// <summary>Network interfaces as they are written: <c>NETWORK[,mac=…][,address=…][,queues=…][,rate=…][,slot=…]</c>.</summary>
internal static class NicText
{
    private static readonly string[] Keys = ["mac", "address", "queues", "rate", "slot"];

    /// <summary>Reads an interface; which networks there are and which values are allowed, the controller says.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="nic">The interface.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(string text, out Nic nic, out string fault)
    {
        nic = new Nic();
        fault = $"\"{text}\" does not begin with the name of a network; write it like lan or lan,address=10.80.0.5,rate=100";
        var parts = text.Split(',');
        if (parts[0].Length == 0 || parts[0].Contains('=', StringComparison.Ordinal))
        {
            return false;
        }

        nic.Network = parts[0];
        var seen = new HashSet<string>();
        foreach (var part in parts.Skip(1))
        {
            var separator = part.IndexOf('=', StringComparison.Ordinal);
            var key = separator < 0 ? part : part[..separator];
            var value = separator < 0 ? "" : part[(separator + 1)..];
            fault = !Keys.Contains(key) ? $"\"{text}\": \"{key}\" is none of {string.Join(", ", Keys)}{(NearestName.Find(key, Keys) is { } near ? $"; did you mean {near}?" : "")}"
                : value.Length == 0 ? $"\"{text}\": {key} has no value; write it like {key}={Example(key)}"
                : !seen.Add(key) ? $"\"{text}\" gives {key} twice"
                : Take(nic, key, value) ? ""
                : $"\"{text}\": {key} wants a number from 1; got \"{value}\"";
            if (fault.Length > 0)
            {
                return false;
            }
        }

        fault = "";
        return true;
    }

    private static bool Take(Nic nic, string key, string value)
    {
        switch (key)
        {
            case "mac":
                nic.Mac = value;
                return true;
            case "address":
                nic.Address = value;
                return true;
        }

        if (!uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return false;
        }

        (nic.Queues, nic.RateMbit, nic.Slot) = key switch
        {
            "queues" => (number, nic.RateMbit, nic.Slot),
            "rate" => (nic.Queues, number, nic.Slot),
            _ => (nic.Queues, nic.RateMbit, number),
        };
        return true;
    }

    private static string Example(string key) => key switch
    {
        "mac" => "52:54:00:12:34:56",
        "address" => "10.80.0.5",
        "rate" => "100",
        _ => "2",
    };
}
