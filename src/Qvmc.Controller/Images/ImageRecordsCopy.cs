using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Qvmc.Os.Files;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>
/// A copy of the image records beside the bytes, for the day when the store is lost: of the bytes alone nobody could tell
/// their names. Written after each change and at each start; read by <c>qvmc recover</c> only.
/// </summary>
internal sealed partial class ImageRecordsCopy(string imageDirectory, ImageTable images, ILogger<ImageRecordsCopy> log)
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithIndentation());
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Where it is.</summary>
    public static string PathOf(string imageDirectory) => Path.Combine(imageDirectory, "images.json");

    /// <summary>What it says; null: there is none, or none that can be read.</summary>
    public static ImageRecords? Read(string imageDirectory)
    {
        try
        {
            return Parser.Parse<ImageRecords>(File.ReadAllText(PathOf(imageDirectory)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidProtocolBufferException or InvalidJsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, unless it is so already. What is promised does not depend on it: that it fails is a warning.</summary>
    public void Write()
    {
        var records = new ImageRecords { Images = { images.All.Values.Select(i => i.Record) } };
        var path = PathOf(imageDirectory);
        try
        {
            if (records.Images.Count == 0 ? !File.Exists(path) : records.Equals(Read(imageDirectory)))
            {
                return;
            }

            Directory.CreateDirectory(imageDirectory);
            using (var file = new FileStream(path + "~", new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(Formatter.Format(records) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(path + "~", path, overwrite: true);
            DurableDirectory.Sync(imageDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Os.OsException)
        {
            Failed(path, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}, from which image records could be recovered, could not be written: {Reason}")]
    private partial void Failed(string path, string reason);
}
