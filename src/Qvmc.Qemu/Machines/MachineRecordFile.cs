using System.Text;
using Google.Protobuf;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
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
        var writing = path + "~";
        try
        {
            using (var file = new FileStream(writing, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                var text = Encoding.UTF8.GetBytes(Formatter.Format(record) + "\n");
                file.Write(text);
                file.SetLength(text.Length);
                FaultPoint.Reach(FaultStep.RecordWritten);
                file.Flush(flushToDisk: true);
            }

            FaultPoint.Reach(FaultStep.RecordFlushed);
            File.Move(writing, path, overwrite: true);
            FaultPoint.Reach(FaultStep.RecordReplaced);
            Os.Files.DurableDirectory.Sync(Path.GetDirectoryName(path)!);
        }
        catch (IOException e)
        {
            throw new FaultException(FaultCode.ResourceExhausted, $"the machine's record can't be written: {e.Message}", inner: e);
        }

        KeepSpare(writing);
    }

    private static void KeepSpare(string path)
    {
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(new byte[SpareBytes]);
        }
        catch (IOException)
        {
            // The block that the record before had is in it, mostly.
        }
    }
}
