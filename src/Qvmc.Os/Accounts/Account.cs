using System.Globalization;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Accounts;

/// <summary>A user of this host, from whatever directory the host looks users up in.</summary>
/// <param name="Name">Its name; empty: it was given by a number that has none.</param>
/// <param name="UserId">Its id.</param>
/// <param name="GroupId">Id of its primary group, or of the group it is to be in.</param>
public sealed record Account(string Name, uint UserId, uint GroupId)
{
    // What getpwnam_r and its like write names, directories and members into.
    private const int BufferBytes = 64 << 10;

    /// <summary>This process may become any user.</summary>
    public static bool IsRoot => LibC.GetEuid() == 0;

    /// <summary>The user of that name or number, or null. A number need not be anybody's; its group is then the same number.</summary>
    public static unsafe Account? FindUser(string nameOrId)
    {
        var entry = stackalloc byte[LibC.AccountSize];
        var buffer = new byte[BufferBytes];
        fixed (byte* space = buffer)
        {
            var isId = IsId(nameOrId, out var id);
            byte* found;
            var error = isId
                ? LibC.GetPwUid(id, entry, space, BufferBytes, out found)
                : LibC.GetPwNam(nameOrId, entry, space, BufferBytes, out found);
            if (error == 0 && found is not null)
            {
                return new Account(LibC.Text(*(byte**)entry), *(uint*)(entry + LibC.AccountIdOffset), *(uint*)(entry + LibC.AccountGroupOffset));
            }

            return isId ? new Account("", id, id) : null;
        }
    }

    /// <summary>The id of the group of that name or number, or null. A number need not be any group's.</summary>
    public static unsafe uint? FindGroup(string nameOrId)
    {
        if (IsId(nameOrId, out var id))
        {
            return id;
        }

        var entry = stackalloc byte[LibC.AccountSize];
        var buffer = new byte[BufferBytes];
        fixed (byte* space = buffer)
        {
            return LibC.GetGrNam(nameOrId, entry, space, BufferBytes, out var found) == 0 && found is not null
                ? *(uint*)(entry + LibC.AccountIdOffset)
                : null;
        }
    }

    private static bool IsId(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
