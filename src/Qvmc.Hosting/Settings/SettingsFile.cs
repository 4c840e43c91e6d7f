using Google.Protobuf;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;

namespace Qvmc.Hosting.Settings;

/// <summary>
/// A daemon's configuration: strict JSON in which <c>//</c> comments are allowed, with the fields of one of the
/// messages of settings/v1/settings.proto.
/// </summary>
public static class SettingsFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads a file. Paths of TLS keys that are relative are taken to be beside it, and made absolute.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rules">What must hold of the values; asked only when the file as such is good.</param>
    /// <exception cref="FaultException">
    /// The file can't be read, or INVALID_ARGUMENT with every fault, each under <c>FILE:LINE:COLUMN: field.path</c>.
    /// </exception>
    public static T Load<T>(string path, Func<T, IReadOnlyList<FieldFault>> rules)
        where T : IMessage<T>, new()
    {
        return ProtoDocument.Read<T>(path, ReadBytes(path), allowComments: true, settings =>
        {
            SettingsPaths.Resolve(settings, DirectoryOf(path));
            return rules(settings);
        });
    }

    /// <summary>The directory that the file's relative paths are in.</summary>
    public static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>A file with every field, what each means, and values to begin with. It loads as it is.</summary>
    public static string Example<T>()
        where T : IMessage<T>, new() => SettingsExample.Write(new T().Descriptor);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxBytes)
            {
                throw new FaultException(FaultCode.InvalidArgument, $"configuration {path} has {file.Length} bytes; at most {MaxBytes} are read");
            }
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            return copy.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FaultException(FaultCode.NotFound, $"there is no configuration {path}; name the file that there is, or write one from the example", inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FaultException(FaultCode.PermissionDenied, $"configuration {path} can't be read: it is a directory, or its permissions don't allow it", inner: e);
        }
        catch (IOException e)
        {
            throw new FaultException(FaultCode.Unavailable, $"configuration {path} can't be read: {e.Message}", inner: e);
        }
    }
}
