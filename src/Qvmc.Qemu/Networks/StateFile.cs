using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Qemu.Networks;

/// <summary>A small JSON file of ours: replaced whole, and on disk when <see cref="Save"/> returns.</summary>
internal sealed class StateFile(string path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal string Path => path;

    /// <summary>What is in it; empty when there is no such file, or when what is there can't be read.</summary>
    internal JsonObject Load()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? [];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (JsonException)
        {
            // Kept for whoever wants to know what it was.
            File.Move(path, path + ".damaged", overwrite: true);
            return [];
        }
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED: the disk is full. What was there before stays.</exception>
    internal void Save(JsonObject content)
    {
        try
        {
            var directory = System.IO.Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using (var file = new FileStream(path + "~", new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(content.ToJsonString(Indented) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(path + "~", path, overwrite: true);
            DurableDirectory.Sync(directory);
        }
        catch (IOException e)
        {
            throw new FaultException(FaultCode.ResourceExhausted, $"{path} can't be written: {e.Message}", inner: e);
        }
    }

    /// <summary>Deletes it, if it is there.</summary>
    internal void Delete()
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
