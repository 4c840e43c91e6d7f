using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Tus;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>The header Upload-Metadata: refused as a problem of the caller's, or the same when it is written and read again.</summary>
internal sealed class TusMetadataTarget : FuzzTarget
{
    public override string Name => "tus-metadata";

    public override IReadOnlyList<string> Words => [",", " ", "name aW1n", "format cWNvdzI=", "format SU1BR0VfRk9STUFUX1JBVw==", "size_bytes MTI=", "sizeBytes MTI=", "filename YQ==", "digest ", "==", "without_agent", "labels.a YQ==", .. UploadHeader.Descriptor.Fields.InDeclarationOrder().Select(each => each.Name)];

    public override void Run(byte[] input)
    {
        if (Read(GatewayRequest.Header(Text(input))) is { } header)
        {
            header.SizeBytes = 0;
            Assert.Equal(header, Read(TusMetadata.Write(header)));
        }
    }

    private static UploadHeader? Read(string text)
    {
        var http = GatewayRequest.With([], "");
        http.Request.Headers[TusHeaders.Metadata] = text;
        try
        {
            return TusMetadata.Read(http.Request).Read(null);
        }
        catch (ProblemException e)
        {
            Assert.InRange(e.Problem.Status, 400, 499);
            return null;
        }
    }
}
