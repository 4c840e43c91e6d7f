using System.Security.Cryptography;
using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Images.Catalogue;

/// <summary>
/// The last good text of a catalogue that comes from the network, kept for a start without one. Two files: the text, and
/// the tag that its server gave it. The tag is written last, so that it never speaks of another text than the one here.
/// </summary>
internal sealed class CatalogueCopy
{
    private const int KeyDigits = 32;
    private const int MaxTag = 1024;

    private readonly string _directory;
    private readonly string _text;
    private readonly string _tag;

    public CatalogueCopy(string directory, Uri url)
    {
        _directory = directory;
        _text = Path.Combine(directory, Key(url) + ".json");
        _tag = Path.Combine(directory, Key(url) + ".etag");
    }

    /// <summary>What the files of a URL's copy are named by.</summary>
    public static string Key(Uri url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)))[..KeyDigits];

    /// <summary>The copy and its tag; null when there is none that can be read.</summary>
    public (NamedCatalogue Catalogue, string Tag)? Read(string source)
    {
        try
        {
            return (CatalogueText.Read(source, File.ReadAllBytes(_text)), File.Exists(_tag) ? File.ReadAllText(_tag) : "");
        }
        catch (Exception e) when (e is FaultException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a text for good.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public void Write(byte[] text, string tag)
    {
        Directory.CreateDirectory(_directory);
        File.Delete(_tag);
        Put(_text, text);
        if (tag.Length is > 0 and <= MaxTag)
        {
            Put(_tag, Encoding.UTF8.GetBytes(tag));
        }

        DurableDirectory.Sync(_directory);
    }

    private static void Put(string path, byte[] bytes)
    {
        var coming = path + ".new";
        using (var file = File.OpenHandle(coming, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(coming, path, overwrite: true);
    }
}
