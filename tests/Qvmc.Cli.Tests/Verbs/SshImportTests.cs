using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Cli.Tests.Fakes;

namespace Qvmc.Cli.Tests.Verbs;

/// <summary><c>launch --ssh-import</c>, with real keys and a real ssh-agent.</summary>
public sealed class SshImportTests : IAsyncLifetime
{
    private const string KeyType = "ecdsa-sha2-nistp256";

    private readonly string _home = Directory.CreateTempSubdirectory("qvmc-home-").FullName;
    private FakeController _controller = null!;
    private Process? _agent;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync()
    {
        _agent?.Kill();
        _agent?.Dispose();
        await _controller.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Takes_the_keys_of_files_and_agent_each_once_and_says_which()
    {
        var first = MakeKey(".ssh/id_ecdsa");
        var second = MakeKey("second");
        File.WriteAllText(Path.Combine(_home, ".ssh/other.pub"), "ssh-ed25519-cert-v01@openssh.com AAAA\nno key\n");
        File.WriteAllText(Path.Combine(_home, ".ssh/large.pub"), new string('#', 100_000));
        var socket = await StartAgentAsync();
        Run("ssh-add", socket, "-q", Path.Combine(_home, ".ssh/id_ecdsa"), Path.Combine(_home, "second"));
        using var run = await LaunchAsync(new() { ["HOME"] = _home, ["SSH_AUTH_SOCK"] = socket });
        Assert.Equal(ExitCode.Success, await run.Exit);

        // The agent calls keys by their files.
        Assert.Equal([first, $"{second.Split(' ')[0]} {second.Split(' ')[1]} {_home}/second"], Assert.Single(_controller.Instances.Launches).Spec.CloudInit.SshKeys);
        var fingerprints = Run("ssh-add", socket, "-l").Split('\n').Select(line => line.Split(' ')).Where(line => line.Length > 1).Select(line => line[1]).ToList();
        Assert.Contains($"key {KeyType} {fingerprints[0]} me@home (~/.ssh/id_ecdsa.pub)\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"key {KeyType} {fingerprints[1]} {_home}/second (ssh-agent)\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_is_a_fault_that_says_where_it_was_looked_for()
    {
        using var nowhere = await LaunchAsync([]);
        Assert.Equal(
            (ExitCode.Usage, "qvmc: --ssh-import: you have no public key: HOME is not set, and SSH_AUTH_SOCK names no ssh-agent; make one with \"ssh-keygen -t ed25519\", or give another with --ssh-key\n"),
            (await nowhere.Exit, nowhere.Error));
        using var empty = await LaunchAsync(new() { ["HOME"] = _home, ["SSH_AUTH_SOCK"] = await StartAgentAsync() });
        Assert.Contains($"no *.pub in {_home}/.ssh is one, and your ssh-agent holds none", empty.Error, StringComparison.Ordinal);
        using var dead = await LaunchAsync(new() { ["HOME"] = _home, ["SSH_AUTH_SOCK"] = Path.Combine(_home, "nobody") });
        Assert.Contains("and your ssh-agent can't be reached", dead.Error, StringComparison.Ordinal);
        Assert.Empty(_controller.Instances.Launches);
    }

    private Task<CliRun> LaunchAsync(Dictionary<string, string> environment) =>
        CliRun.EndWithAsync(environment, _controller, "launch", "web1", "--image", "debian", "--no-start", "--ssh-import");

    // Not by ssh-keygen, which works for nobody whom /etc/passwd does not know, as in many a container.
    private string MakeKey(string name)
    {
        var path = Path.Combine(_home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(path, key.ExportECPrivateKeyPem());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var point = key.ExportParameters(false).Q;
        byte[] blob = [.. Field(Encoding.ASCII.GetBytes(KeyType)), .. Field("nistp256"u8), .. Field([4, .. point.X!, .. point.Y!])];
        var line = $"{KeyType} {Convert.ToBase64String(blob)} me@home";
        File.WriteAllText(path + ".pub", line + "\n");
        return line;
    }

    // RFC 4251, 5: a string.
    private static byte[] Field(ReadOnlySpan<byte> bytes)
    {
        var field = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(field, bytes.Length);
        bytes.CopyTo(field.AsSpan(4));
        return field;
    }

    private async Task<string> StartAgentAsync()
    {
        var socket = Path.Combine(_home, "agent");
        _agent = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { RedirectStandardOutput = true })!;

        // Said once it listens.
        await _agent.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return socket;
    }

    private static string Run(string program, string socket, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SSH_AUTH_SOCK"] = socket;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), $"{program} does not end");
        Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
        return output;
    }
}
