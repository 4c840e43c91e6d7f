using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// The latest revision that was acknowledged, in a file beside the database. SQLite takes a log that was cut off, or is
/// gone, for one whose rest was never written, and a new empty database for a good one; by the mark we know better.
/// </summary>
/// <remarks>
/// It is written after the commit and never synced. So it costs nothing, a killed process always leaves the latest, and
/// after a power cut it may be behind but never ahead of what the disk holds.
/// </remarks>
internal sealed class AcknowledgedMark : IDisposable
{
    private const int Length = 20;

    private readonly SafeFileHandle _file;

    private AcknowledgedMark(string path, SafeFileHandle file, long revision) => (Path, _file, Revision) = (path, file, revision);

    internal string Path { get; }

    /// <summary>What it says; 0 when there is none, or a power cut has left it without sense.</summary>
    internal long Revision { get; private set; }

    internal static string PathOf(string databasePath) => databasePath + ".acknowledged";

    internal static AcknowledgedMark Open(string databasePath)
    {
        var path = PathOf(databasePath);
        var existed = File.Exists(path);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            if (!existed)
            {
                File.SetUnixFileMode(file, SqliteDatabase.FileMode);
            }

            Span<byte> text = stackalloc byte[Length];
            var read = RandomAccess.Read(file, text, 0);
            return new AcknowledgedMark(path, file, read == Length && long.TryParse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var revision) ? revision : 0);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal void Write(long revision)
    {
        Revision = revision;
        RandomAccess.Write(_file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{revision,-(Length - 1)}\n")), 0);
    }

    public void Dispose() => _file.Dispose();
}
