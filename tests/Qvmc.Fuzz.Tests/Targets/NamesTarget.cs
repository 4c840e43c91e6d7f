using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Hosting.Endpoints;
using Qvmc.Images;
using Qvmc.Images.Catalogue;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Names, addresses and paths: what is taken is of the form that the rest relies on (it becomes file names, arguments and lines of
/// other programs' files), and means the same when it is written and read again.
/// </summary>
internal sealed class NamesTarget : FuzzTarget
{
    private const string Octet = "[0-9a-f]{2}";

    public override string Name => "names";

    public override int MaxLength => 1024;

    public override IReadOnlyList<string> Words => ["\n", "unix:///", "http://", "https://", "[::1]", "localhost", ":80", ":7080", "/", "..", "sha256:", "52:54:00:12:34:56", ":latest", "xn--", "\0", "\u0130", "ſ", "K", "@", "#", "?", "%2e", "\\"];

    public override void Run(byte[] input)
    {
        var text = Text(input);
        Form(InstanceName.Check(text) is null, text, "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?\\z|^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z");
        Form(ImageName.Is(text), text, "^[a-z0-9][a-z0-9._-]*(:[a-z0-9._-]+)?\\z");
        Form(Uid.Is(text), text, "^[a-z0-9]+\\z");
        Form(MacAddress.TryParse(text, out var mac), mac, $"^({Octet}:){{5}}{Octet}\\z");
        Form(Checksum.TryParse(text, out var checksum), Taken(checksum), "^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\\z");
        CheckEndpoint(text);
        foreach (var fault in LabelRules.Check([KeyValuePair.Create(text, text)]).Append(ImageReference.Check(text)).Append(InstanceName.Check(text)))
        {
            Assert.DoesNotContain(fault?.Message ?? "", c => char.IsControl(c));
        }

        Assert.InRange(NearestName.FindAll(text, [text, "web1", new string('x', 64)], 2).Count, 0, 2);
    }

    private static string Taken(Checksum checksum) => checksum == default ? "" : checksum.ToString();

    private static void Form(bool isTaken, string text, string form)
    {
        if (isTaken)
        {
            Assert.Matches(form, text);
        }
    }

    private static void CheckEndpoint(string text)
    {
        if (!EndpointAddress.TryParse(text, out var address, out var fault))
        {
            Assert.NotEqual("", fault);
            return;
        }

        Assert.Equal(address, EndpointAddress.Parse(address.ToString()));
        Assert.Equal(address.Kind == EndpointKind.Unix, address.Path.Length > 0);
        Assert.InRange(address.Port, 0, 65535);
        Assert.True(address.Kind == EndpointKind.Unix || address.Host.All(c => c is > ' ' and <= '~' and not ('/' or '@' or '?' or '#')), $"host {address.Host}");
    }
}
