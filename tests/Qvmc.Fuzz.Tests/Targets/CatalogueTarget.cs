using Google.Protobuf;
using Qvmc.Core.Faults;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Images.Catalogue;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Catalogues of images: each is refused as an invalid argument with faults that have a place, or is the same when it is written
/// and read again, and each of its references means an image of it.
/// </summary>
internal sealed class CatalogueTarget : FuzzTarget
{
    public override string Name => "catalogue";

    public override int MaxLength => 16 << 10;

    public override IReadOnlyList<string> Words =>
        ["{", "}", "[", "]", ",", "\"name\": \"\"", "\"images\": [", "\"files\": [", "\"arch\": \"x86_64\"", "\"aliases\": [\"a\"]", "\"url\": \"https://\"", "\"digest\": \"sha256:\"", "// x\n", "/* */", "null", "debian:12", ":latest", "1e9", "\\ud800"];

    public override long MaxAllocated(int length) => (16L << 20) + (20_000L * length);

    public override void Run(byte[] input)
    {
        NamedCatalogue read;
        try
        {
            read = CatalogueText.Read("c", input);
        }
        catch (FaultException e)
        {
            Assert.Equal(FaultCode.InvalidArgument, e.Code);
            Assert.All(e.Fields, field => Assert.StartsWith("c:", field.Field, StringComparison.Ordinal));
            return;
        }

        var again = CatalogueText.Read("c", System.Text.Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(read.Catalog)));
        Assert.Equal(read.Catalog, again.Catalog);
        var catalogue = new ImageCatalogue([read]);
        Assert.All(catalogue.AllReferences("x86_64"), reference => Assert.NotNull(ImageReference.Resolve(reference, [], catalogue, "x86_64")));
        Assert.Equal(FaultCode.NotFound, Assert.Throws<FaultException>(() => ImageReference.Resolve("nothing:latest", [], catalogue, "x86_64")).Code);
    }
}
