using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// Replaces small files that others read: they see the old or the new, never half of it. Not flushed to the disk: after a
/// power cut dnsmasq is gone too, and they are written anew before the next one is started.
/// </summary>
internal static class WholeFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Makes the file hold that text.</summary>
    /// <returns>False: it already did.</returns>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED: it can't be written; what was there before stays.</exception>
    internal static bool Write(string path, string text)
    {
        if (Read(path) == text)
        {
            return false;
        }

        try
        {
            using (var file = new FileStream(path + "~", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mode }))
            {
                // Whatever our umask is.
                File.SetUnixFileMode(file.SafeFileHandle, Mode);
                file.Write(Encoding.UTF8.GetBytes(text));
            }

            File.Move(path + "~", path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.ResourceExhausted, $"{path} can't be written: {e.Message}", inner: e);
        }
    }

    /// <summary>What is in it; null: no such file, or not to be read.</summary>
    internal static string? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
