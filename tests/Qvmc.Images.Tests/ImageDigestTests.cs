using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests;

public sealed class ImageDigestTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Digest_is_read_and_printed() => Assert.Equal("sha256:" + Hex, ImageDigest.Parse("sha256:" + Hex).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(Hex)]
    [InlineData("sha256:" + Hex + "0")]
    [InlineData("sha256:E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha512:" + Hex)]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../etc/passwd")]
    [InlineData("sha256:./b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\0")]
    [InlineData("sha256:３b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Nothing_else_gets_to_the_file_system(string text)
    {
        var store = new ImageStore("/no/such/directory", new QemuImg(), NullLogger.Instance);
        foreach (var call in (Action[])[() => store.Find(text), () => store.Delete(text), () => ImageDigest.Parse(text)])
        {
            Assert.Equal(FaultCode.InvalidArgument, Assert.Throws<FaultException>(call).Code);
        }
    }
}
