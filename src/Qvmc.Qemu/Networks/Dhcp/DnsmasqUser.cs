using System.Globalization;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>Whom dnsmasq becomes: it takes names only, so numbers are looked up.</summary>
/// <param name="Name">User.</param>
/// <param name="Group">Group; null: dnsmasq's own choice.</param>
internal sealed record DnsmasqUser(string Name, string? Group)
{
    private static readonly string[] Defaults = ["dnsmasq", "nobody"];

    /// <summary>Finds it.</summary>
    /// <param name="user">A name or number; null: the first of the defaults that there is.</param>
    /// <param name="group">A name or number; null: the user's primary group.</param>
    /// <param name="passwd">Lines of /etc/passwd.</param>
    /// <param name="groups">Lines of /etc/group.</param>
    /// <exception cref="FaultException">FAILED_PRECONDITION: a number that belongs to nobody.</exception>
    internal static DnsmasqUser Find(string? user, string? group, IEnumerable<string> passwd, IEnumerable<string> groups)
    {
        var users = passwd.Select(l => l.Split(':')).Where(f => f.Length > 3).ToList();
        user ??= Defaults.FirstOrDefault(d => users.Any(f => f[0] == d)) ?? Defaults[^1];
        var entry = users.FirstOrDefault(f => f[0] == user) ?? users.FirstOrDefault(f => f[2] == user);
        if (entry is null && IsNumber(user))
        {
            throw Nameless("user", user, "/etc/passwd");
        }

        // Somebody of a directory service (LDAP): the name is as good, and the group is dnsmasq's to find.
        group ??= entry?[3];
        var named = groups.Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 2 && (f[0] == group || f[2] == group))?[0];
        return group is null || named is not null || !IsNumber(group)
            ? new DnsmasqUser(entry?[0] ?? user, named ?? group)
            : throw Nameless("group", group, "/etc/group");
    }

    private static bool IsNumber(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static FaultException Nameless(string what, string number, string file) => new(
        FaultCode.FailedPrecondition,
        $"dnsmasq can't run as {what} {number}: {file} has no name for that number, and dnsmasq takes names only; set machine_{what} to one that has a name");
}
