using System.Globalization;
using System.Text.RegularExpressions;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>Reads what <c>nft monitor</c> prints: a line per thing that came or went, then who did it, once per transaction.</summary>
internal sealed partial class NftEvents
{
    private const string End = "# new generation ";

    // "# ERROR: We lost some netlink events!": anything may have happened.
    private const string Lost = "# ERROR";

    private readonly List<uint> _revisions = [];
    private bool _touchesOurs;

    /// <summary>Takes a line; with the last one of a transaction, answers it.</summary>
    internal NftTransaction? Read(string line)
    {
        if (line.StartsWith(Lost, StringComparison.Ordinal))
        {
            return Take(touchesOurs: true, "somebody (the kernel had more to tell than could be heard)");
        }

        if (line.StartsWith(End, StringComparison.Ordinal))
        {
            var by = line.IndexOf(" by ", StringComparison.Ordinal);
            return Take(_touchesOurs, by < 0 ? "somebody" : line[(by + " by ".Length)..]);
        }

        // "delete rule inet qvmc forward handle 7"
        if (line.Split(' ', 5) is [_, _, "inet" or "bridge", "qvmc", ..] words)
        {
            _touchesOurs = true;
            if (words is ["add", "element", _, _, var rest] && Revision().Match(rest) is { Success: true } match)
            {
                _revisions.Add(uint.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
        }

        return null;
    }

    private NftTransaction Take(bool touchesOurs, string by)
    {
        var transaction = new NftTransaction(touchesOurs, [.. _revisions], by);
        _revisions.Clear();
        _touchesOurs = false;
        return transaction;
    }

    [GeneratedRegex(@"^revision \{ 0x([0-9a-f]{1,8}) \}")]
    private static partial Regex Revision();
}
