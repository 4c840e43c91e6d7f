using System.Security.Cryptography;
using System.Text;

namespace Qvmc.Controller.Records;

/// <summary>Keys of the store.</summary>
internal static class RecordKeys
{
    /// <summary>Instance records, by name.</summary>
    public const string Instances = "instances/";

    /// <summary>Image records, by name.</summary>
    public const string Images = "images/";

    /// <summary>Pull records, by the image's name.</summary>
    public const string Pulls = "pulls/";

    /// <summary>Uploads in parts, by id.</summary>
    public const string Uploads = "uploads/";

    /// <summary>What was last known of hosts, by name.</summary>
    public const string Nodes = "nodes/";

    /// <summary>Identities of machines that their host has confirmed.</summary>
    public const string Placed = "placed/";

    /// <summary>Records of deleted instances whose request id may still come again.</summary>
    public const string Requests = "requests/";

    public static string Instance(string name) => Instances + name;

    public static string Image(string name) => Images + name;

    public static string Pull(string name) => Pulls + name;

    public static string Upload(string id) => Uploads + id;

    public static string Node(string name) => Nodes + name;

    public static string PlacedMachine(string uid) => Placed + uid;

    // A request id is any string; a key is not.
    public static string Request(string requestId) => Requests + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(requestId)));
}
