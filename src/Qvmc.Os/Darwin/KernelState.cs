using System.Text;

namespace Qvmc.Os.Darwin;

/// <summary>What macOS' kernel tells by name (sysctl(3)).</summary>
public static unsafe class KernelState
{
    private const int MaxBytes = 256;

    /// <summary>A short text; null: there is none of the name.</summary>
    internal static string? Text(string name)
    {
        var buffer = stackalloc byte[MaxBytes];
        nuint length = MaxBytes;
        return LibSystem.SysCtlByName(name, buffer, &length, null, 0) == 0
            ? Encoding.UTF8.GetString(buffer, (int)length).TrimEnd('\0')
            : null;
    }

    /// <summary>A number, of 32 or 64 bits; null: there is none of the name, or this is not macOS.</summary>
    public static long? Number(string name)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return null;
        }

        long value = 0;
        nuint length = sizeof(long);
        return LibSystem.SysCtlByName(name, &value, &length, null, 0) == 0 ? length == sizeof(int) ? (int)value : value : null;
    }
}
