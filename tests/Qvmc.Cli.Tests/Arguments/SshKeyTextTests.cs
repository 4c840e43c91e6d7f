using Qvmc.Cli.Arguments;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class SshKeyTextTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-keys-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Takes_a_key_as_it_is() => Assert.Equal(["ssh-ed25519 AAAA me@host"], SshKeyText.Read("ssh-ed25519 AAAA me@host"));

    [Fact]
    public void Takes_every_key_of_a_file()
    {
        var path = Write("# mine\nssh-ed25519 AAAA a\n\necdsa-sha2-nistp256 BBBB b\n");
        Assert.Equal(["ssh-ed25519 AAAA a", "ecdsa-sha2-nistp256 BBBB b"], SshKeyText.Read(path));
    }

    [Theory]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n", "private key; give the public one")]
    [InlineData("hello\n", "does not hold public keys")]
    [InlineData("", "does not hold public keys")]
    public void Refuses_what_is_no_public_key(string text, string message)
    {
        var fault = Assert.Throws<FaultException>(() => SshKeyText.Read(Write(text)));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Contains(message, fault.Message);
    }

    [Fact]
    public void Refuses_a_file_that_is_not_there() =>
        Assert.Contains("neither a public key nor a file", Assert.Throws<FaultException>(() => SshKeyText.Read("/nonexistent")).Message);

    private string Write(string text)
    {
        var path = Path.Combine(_directory, "key");
        File.WriteAllText(path, text);
        return path;
    }
}
