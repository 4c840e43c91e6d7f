using System.Globalization;

namespace Qvmc.Cli.Arguments;

/// <summary>
/// Sizes as people write them. The units are binary, as QEMU's are: G, GB and GiB all mean 1024 MiB, so that nobody
/// gets less than he asked for.
/// </summary>
internal static class SizeText
{
    private const decimal BytesPerMib = 1024 * 1024;

    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Reads "4G", "512M", "1.5GiB" or a plain number of MiB.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="mib">The size in MiB.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(string text, out uint mib, out string fault)
    {
        mib = 0;
        var trimmed = text.Trim();
        var digits = trimmed.AsSpan().IndexOfAnyExcept("0123456789.");
        var number = digits < 0 ? trimmed : trimmed[..digits];
        var unit = digits < 0 ? "M" : trimmed[digits..].Trim();
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || UnitInMib(unit) is not { } unitInMib)
        {
            fault = $"\"{text}\" is not a size; write it like 512M, 1.5GiB or 4G (a plain number is MiB)";
            return false;
        }

        // The largest field is 32 bits wide; the check comes before the product so that it can't overflow.
        if (amount > uint.MaxValue || amount * unitInMib > uint.MaxValue)
        {
            fault = $"\"{text}\" is too large";
            return false;
        }

        var product = amount * unitInMib;
        if (product != decimal.Truncate(product))
        {
            fault = $"\"{text}\" is not a whole number of MiB; the nearest are {decimal.Floor(product):0}M and {decimal.Ceiling(product):0}M";
            return false;
        }

        if (product == 0)
        {
            fault = $"\"{text}\" is nothing; a size is at least 1M";
            return false;
        }

        mib = (uint)product;
        fault = "";
        return true;
    }

    /// <summary>A number of MiB for people: "512 MiB", "1.5 GiB".</summary>
    public static string OfMib(ulong mib) => OfBytes((decimal)mib * BytesPerMib);

    /// <summary>A number of bytes for people: "20.3 MiB".</summary>
    public static string OfBytes(ulong bytes) => OfBytes((decimal)bytes);

    private static string OfBytes(decimal amount)
    {
        var unit = 0;
        while (amount >= 1024 && unit < Units.Length - 1)
        {
            amount /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.#} {Units[unit]}");
    }

    private static decimal? UnitInMib(string unit) => unit.ToUpperInvariant() switch
    {
        "K" or "KB" or "KIB" => 1m / 1024,
        "M" or "MB" or "MIB" => 1,
        "G" or "GB" or "GIB" => 1024,
        "T" or "TB" or "TIB" => 1024 * 1024,
        _ => null,
    };
}
