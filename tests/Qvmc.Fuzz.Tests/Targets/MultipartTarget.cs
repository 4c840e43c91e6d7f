using System.Text;
using Microsoft.Net.Http.Headers;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Uploads;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Uploads as forms send them: refused as a problem of the caller's, or read to their end; and a file comes out of a form as it
/// went in.
/// </summary>
internal sealed class MultipartTarget : FuzzTarget
{
    private const string Boundary = "qvmc-b";

    public override string Name => "multipart";

    public override IReadOnlyList<string> Words =>
        ["\r\n", "\r\n--qvmc-b\r\n", "--qvmc-b\r\n", "\r\n--qvmc-b--\r\n", "--", "Content-Disposition: form-data; name=\"name\"\r\n\r\n", "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n", "filename*=UTF-8''a", "Content-Type: text/plain\r\n", "\"", ";", "format", "qcow2"];

    public override void Run(byte[] input)
    {
        Read(input);
        if (Encoding.Latin1.GetString(input).Contains(Boundary, StringComparison.Ordinal))
        {
            return;
        }

        byte[] form =
        [
            .. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nimg\r\n--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n"),
            .. input, .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"),
        ];
        Assert.Equal(input, Read(form));
    }

    private static byte[]? Read(byte[] form)
    {
        var http = GatewayRequest.With(form, $"multipart/form-data; boundary={Boundary}");
        try
        {
            var upload = MultipartUpload.OpenAsync(http, MediaTypeHeaderValue.Parse(http.Request.ContentType)).GetAwaiter().GetResult();
            Assert.NotNull(upload.Header);
            using var file = new MemoryStream();
            if (BodyPieces.SendAsync(upload.Bytes, piece => file.WriteAsync(piece), CancellationToken.None).GetAwaiter().GetResult() is { } cause)
            {
                throw BodyPieces.Broken(cause);
            }

            upload.EndAsync().GetAwaiter().GetResult();
            return file.ToArray();
        }
        catch (ProblemException e)
        {
            Assert.InRange(e.Problem.Status, 400, 499);
            return null;
        }
    }
}
