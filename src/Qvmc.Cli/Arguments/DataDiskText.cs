using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Arguments;

/// <summary>Data disks as they are written: <c>[NAME=]SIZE</c>.</summary>
internal static class DataDiskText
{
    /// <summary>Reads a data disk; which names are allowed, the controller says.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(string text, out DataDisk disk, out string fault)
    {
        disk = new DataDisk();
        var separator = text.IndexOf('=', StringComparison.Ordinal);
        if (separator == 0)
        {
            fault = $"\"{text}\" has no name before the =; write it like 10G or logs=10G";
            return false;
        }

        if (!SizeText.TryParse(text[(separator + 1)..], out var mib, out fault))
        {
            return false;
        }

        disk.Name = separator > 0 ? text[..separator] : "";
        disk.SizeMib = mib;
        return true;
    }
}
