using System.Globalization;
using System.Net;

namespace Qvmc.Qemu.Networks.Links;

/// <summary>An address that an interface has.</summary>
internal readonly record struct LinkAddress(IPAddress Address, int PrefixLength)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{PrefixLength}");
}
