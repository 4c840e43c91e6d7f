using System.Text;
using Google.Protobuf;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>Keeps a machine's record: replaced whole, and on disk when <see cref="Save"/> returns.</summary>
/// <remarks>
/// The file that is written lies there beforehand, with blocks of its own: so the record of a machine can be written, and
/// the machine stopped, when its guest has filled the file system (unless that one never writes in place).
/// </remarks>
public sealed class MachineRecordFile(string path)
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithIndentation());

    // Fields that a later version has written are kept out of, not choked on: a host can go back a version.
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    // More than a record usually has; in whole blocks.
    private const int SpareBytes = 16 << 10;

    /// <summary>The record, or null when there is none.</summary>
    /// <exception cref="FaultException">There is one, and it can't be read.</exception>
    public MachineRecord? Load()
    {
        try
        {
            return Parser.Parse<MachineRecord>(File.ReadAllText(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultCode.Internal, $"{path} can't be read: {e.Message}", inner: e);
        }
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED: the disk is full. The record before stays.</exception>
    public void Save(MachineRecord record)
    {
        var spare = path + "~";
        var isReplaced = false;
        try
        {
            using (var file = OpenSpare(spare))
            {
                var text = Encoding.UTF8.GetBytes(Formatter.Format(record) + "\n");
                file.Write(text);
                file.SetLength(text.Length);
                FaultPoint.Reach(FaultStep.RecordWritten);
                file.Flush(flushToDisk: true);
            }

            FaultPoint.Reach(FaultStep.RecordFlushed);

            // What was the record is the next to be written: a new file each time would cost more than its bytes. Where an
            // inode is not used again at once (ext4 without a journal), the search for another was half of a launch.
            if (!FileExchange.TryExchange(spare, path))
            {
                File.Move(spare, path, overwrite: true);
            }

            isReplaced = true;
            FaultPoint.Reach(FaultStep.RecordReplaced);
            DurableDirectory.Sync(Path.GetDirectoryName(path)!);
        }
        catch (IOException e)
        {
            if (!isReplaced)
            {
                KeepSpare(spare);
            }

            throw new FaultException(FaultCode.ResourceExhausted, $"the machine's record can't be written: {e.Message}", inner: e);
        }

        KeepSpare(spare);
    }

    // A spare is all zeros. What is not was perhaps the record a moment ago, and may be so again after a power cut, if the new
    // one's name was not flushed: it is not written to.
    private static FileStream OpenSpare(string path)
    {
        var file = new FileStream(path, InPlace());
        if (file.ReadByte() <= 0)
        {
            file.Position = 0;
            return file;
        }

        file.Dispose();
        File.Delete(path);
        return new FileStream(path, InPlace());
    }

    private static void KeepSpare(string path)
    {
        try
        {
            using var file = new FileStream(path, InPlace());
            file.Write(new byte[SpareBytes]);
        }
        catch (IOException)
        {
            // The block that the record before had is in it, mostly.
        }
    }

    private static FileStreamOptions InPlace() => new()
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };
}
