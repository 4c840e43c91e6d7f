using System.Text;
using System.Text.Json.Nodes;

namespace Qvmc.Testing;

/// <summary>
/// A guest agent without a guest: answers like qemu-ga behind QEMU's socket, and misbehaves on demand. Every command
/// can be given another behaviour with <see cref="ScriptedServer.On(string, ScriptedReply)"/>.
/// </summary>
public sealed partial class FakeAgent : ScriptedServer
{
    private readonly TaskCompletionSource<string> _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FakeAgent(string? socketPath)
        : base(socketPath)
    {
        Script();
        ScriptExec();
        ScriptFiles();
        Begin();
    }

    /// <summary>Name of the guest.</summary>
    public string HostName { get; set; } = "guest";

    /// <summary>Interfaces, as the agent tells them.</summary>
    public JsonArray Interfaces { get; set; } = (JsonArray)JsonNode.Parse(
        """
        [{"name": "lo", "hardware-address": "00:00:00:00:00:00", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "127.0.0.1", "prefix": 8}]},
         {"name": "eth0", "hardware-address": "52:54:00:12:34:56", "ip-addresses": [
            {"ip-address-type": "ipv4", "ip-address": "10.0.2.15", "prefix": 24}, {"ip-address-type": "ipv6", "ip-address": "fe80::1", "prefix": 64}]},
         {"name": "sit0"}]
        """)!;

    /// <summary>The guest's clock, in nanoseconds since 1970, once it was set.</summary>
    public long? TimeNanoseconds { get; private set; }

    /// <summary>Completes with the mode when the guest was told to shut down.</summary>
    public Task<string> ShutdownAsked => _shutdown.Task;

    /// <inheritdoc/>
    protected override bool FlushesAtSentinel => true;

    /// <summary>Starts one.</summary>
    /// <param name="socketPath">Where it listens; null for a temporary place.</param>
    public static FakeAgent Start(string? socketPath = null) => new(socketPath);

    private void Script()
    {
        On("guest-sync-delimited", command => ScriptedReply.Raw((byte[])
            [0xFF, .. Encoding.UTF8.GetBytes($"{{\"return\": {command.Arguments["id"]}}}\n")]));
        On("guest-ping", ScriptedReply.Return());
        On("guest-info", _ => ScriptedReply.Return(JsonNode.Parse(
            """{"version": "9.2.0", "supported_commands": [{"name": "guest-ping", "enabled": true, "success-response": true}, {"name": "guest-exec", "enabled": false, "success-response": true}]}""")));
        On("guest-get-host-name", _ => ScriptedReply.Return(new JsonObject { ["host-name"] = HostName }));
        On("guest-get-osinfo", _ => ScriptedReply.Return(JsonNode.Parse(
            """{"id": "debian", "name": "Debian GNU/Linux", "pretty-name": "Debian GNU/Linux 12 (bookworm)", "version": "12 (bookworm)", "version-id": "12", "kernel-release": "6.1.0-1-amd64", "kernel-version": "#1 SMP", "machine": "x86_64"}""")));
        On("guest-network-get-interfaces", _ => ScriptedReply.Return(Interfaces));
        On("guest-set-time", command =>
        {
            TimeNanoseconds = command.Arguments["time"]?.GetValue<long>();
            return ScriptedReply.Return();
        });
        On("guest-shutdown", command =>
        {
            _shutdown.TrySetResult(command.Text("mode") ?? "powerdown");
            return ScriptedReply.Silence;
        });
    }
}
