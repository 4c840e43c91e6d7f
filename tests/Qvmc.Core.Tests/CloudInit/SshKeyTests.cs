namespace Qvmc.Core.Tests.CloudInit;

public sealed class SshKeyTests
{
    private const string Ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAKecNm3ezYFheHp+nyyfjjHopD9327EOE0Tc/rSWkft me@home";
    private const string Ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJF1CHZRudWrCsBHThb6PqqnJzKfqop0uilLYVT6IO1TSvZETuD4T4UB9Vyh5IlgVf79bfiy7BDuYOvPjnU6YYs=";

    [Theory]
    [InlineData(Ed25519)]
    [InlineData(Ecdsa)]
    [InlineData("  " + Ed25519 + " and more of a comment\n")]
    public void Public_key_is_taken(string key) => Assert.Empty(Cloud.Check(new() { SshKeys = { key } }));

    [Theory]
    [InlineData("", "does not begin with a type")]
    [InlineData("ssh-dss AAAAB3NzaC1kc3M=", "does not begin with a type")]
    [InlineData("no-pty " + Ed25519, "does not begin with a type")]
    [InlineData("ssh-ed25519", "the key itself is missing")]
    [InlineData("ssh-ed25519 me@home", "is not valid base64")]
    [InlineData("ssh-ed25519 AAAA", "is cut off")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "is cut off")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT0Q0I", "is cut off")]
    [InlineData("ssh-ed25519 /////3NzaC1lZDI1NTE5AAAAIGtT0Q0I", "is cut off")]
    [InlineData("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAAA==", "says ssh-rsa and holds a key of another type")]
    [InlineData(Ed25519 + "\n" + Ed25519, "more than one line")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", "is a private key")]
    [InlineData("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "ssh-keygen -i")]
    public void Anything_else_is_refused_without_repeating_it(string key, string why)
    {
        var fault = Assert.Single(Cloud.Check(new() { SshKeys = { Ed25519, key } }));
        Assert.Equal("spec.cloud_init.ssh_keys[1]", fault.Field);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("b3BlbnNzaC1rZXk", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_that_ssh_keygen_makes_is_taken_and_any_cut_of_it_is_not()
    {
        var blob = Ed25519.Split(' ')[1];
        for (var length = 4; length < blob.Length; length += 4)
        {
            Assert.Single(Cloud.Check(new() { SshKeys = { "ssh-ed25519 " + blob[..length] } }));
        }
    }

    [Fact]
    public void Number_and_length_are_bounded()
    {
        var keys = Enumerable.Repeat(Ed25519, 64).ToList();
        Assert.Empty(Cloud.Check(new() { SshKeys = { keys } }));
        Assert.Equal("has 65 keys; at most 64 are possible", Assert.Single(Cloud.Check(new() { SshKeys = { keys, Ed25519 } })).Message);
        Assert.Contains("at most 12288", Assert.Single(Cloud.Check(new() { SshKeys = { Ed25519 + new string('x', 12 << 10) } })).Message, StringComparison.Ordinal);
    }
}
