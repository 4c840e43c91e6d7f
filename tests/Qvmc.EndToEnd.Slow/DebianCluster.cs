using System.Security.Cryptography;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd.Slow;

/// <summary>
/// The daemons with three guests of Debian, which boot side by side: "deb" is told all that cloud-init can be told,
/// "bad" is told something that fails, and the image of "bare", which comes by a catalogue, has no guest agent. Without
/// KVM each takes minutes, so every test shares them.
/// </summary>
public sealed class DebianCluster() : TestCluster(controllerSettings: ImportDirectories)
{
    /// <summary>
    /// How long a guest may take for whatever it is asked, on a slow and busy machine. Twice that and what a test asks
    /// further has to be less than what scripts/test.sh gives a test: who is ended there does not say why.
    /// </summary>
    public const string Patience = "15m";

    public const string Note = "written by write_files\n";

    private static string Image => Path.GetFullPath(Binaries.Need("QVMC_DEBIAN_IMAGE", "debian.qcow2", "make image-debian"));

    private static string BareImage => Path.GetFullPath(Binaries.Need("QVMC_BARE_IMAGE", "debian-without-agent.qcow2", "make image-debian"));

    /// <summary>Leads to port 22 of "deb".</summary>
    public int SshPort { get; } = FreePort();

    /// <summary>The key of the default user, "debian".</summary>
    public SshKey DefaultKey { get; private set; } = null!;

    /// <summary>The key of "alice", whom the user-data makes.</summary>
    public SshKey AliceKey { get; private set; } = null!;

    protected override TimeSpan CommandLimit => TimeSpan.FromMinutes(16);

    protected override TimeSpan WaitLimit => TimeSpan.FromMinutes(5);

    protected override async Task PrepareAsync()
    {
        DefaultKey = await SshKey.CreateAsync(Path.Combine(Root, "default-key"));
        AliceKey = await SshKey.CreateAsync(Path.Combine(Root, "alice-key"));
        await OfferBareImageAsync();
        (await QvmcAsync("image", "import", "debian", Image)).Expect();
        var launches = await Task.WhenAll(
            QvmcAsync(
                "launch", "deb", "--image", "debian", "--cpus", "2", "--memory", "512M", "--disk", "4G", "--forward", $"{SshPort}:22",
                "--user-data", Write("user-data", UserData()), "--network-config", Write("network-config", NetworkConfig),
                "--ssh-key", DefaultKey.PublicPath, "--timezone", "Asia/Tokyo", "--timeout", Patience),
            QvmcAsync("launch", "bare", "--image", "bare", "--memory", "512M", "--timeout", Patience),
            QvmcAsync("launch", "bad", "--image", "debian", "--memory", "512M", "--user-data", Write("bad", BadUserData), "--timeout", Patience));
        Assert.All(launches, l => l.Expect());
    }

    private static string ImportDirectories => $$"""
        "import_directories": ["{{Path.GetDirectoryName(BareImage)}}"],
        """;

    private async Task OfferBareImageAsync()
    {
        await using var image = File.OpenRead(BareImage);
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(image));
        WriteCatalogue($$"""
            { "images": [ {
              "name": "bare:12", "latest": true, "default_user": "debian", "guest_agent": "GUEST_AGENT_ABSENT",
              "files": [ { "arch": "x86_64", "url": "{{new Uri(BareImage)}}", "checksum": "sha256:{{digest}}" } ]
            } ] }
            """);
    }

    private string UserData() => $"""
        #cloud-config
        hostname: told
        users:
          - default
          - name: alice
            gecos: Alice of the test
            groups: [adm]
            shell: /bin/bash
            ssh_authorized_keys:
              - {File.ReadAllText(AliceKey.PublicPath).Trim()}
        write_files:
          - path: /etc/note
            owner: root:adm
            permissions: '0640'
            content: |
              {Note.Trim()}
        """;

    // Beside the lease an address of its own, so that it is seen to be this that was applied.
    private const string NetworkConfig = """
        version: 2
        ethernets:
          lan:
            match: {name: "en*"}
            dhcp4: true
            addresses: [192.0.2.77/24]
        """;

    private const string BadUserData = """
        #cloud-config
        runcmd:
          - [sh, -c, "echo this ends badly >&2; exit 3"]
        """;

    private string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text + "\n");
        return path;
    }
}
