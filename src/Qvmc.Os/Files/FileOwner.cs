using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>Changes whose a file is. Only root may give files away.</summary>
public static class FileOwner
{
    /// <summary>Makes a file or directory a user's and a group's; a link itself, never what it leads to.</summary>
    /// <param name="path">Which.</param>
    /// <param name="userId">The user.</param>
    /// <param name="groupId">The group.</param>
    /// <exception cref="OsException">It is not there, or not ours to give.</exception>
    public static void Change(string path, uint userId, uint groupId)
    {
        if (LibC.LChown(path, userId, groupId) != 0)
        {
            throw OsException.Last($"lchown {path}");
        }
    }

    /// <summary>The user and the group that a file or directory belongs to.</summary>
    /// <exception cref="OsException">It is not there.</exception>
    public static (uint UserId, uint GroupId) Of(string path) =>
        FileFacts.Of(path) is { } facts ? (facts.UserId, facts.GroupId) : throw OsException.Last($"stat {path}");
}
