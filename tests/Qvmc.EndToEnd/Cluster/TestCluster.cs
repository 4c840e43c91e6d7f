using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>
/// The three daemons apart, in a directory of their own, with the tiny image imported; and the client to drive them.
/// On the way out everything must be given back: a machine, a process or a file that is left fails the test.
/// </summary>
public class TestCluster : IAsyncLifetime
{
    public TestCluster()
        : this("", "")
    {
    }

    /// <summary>With further members of the daemons' settings, each followed by a comma.</summary>
    protected TestCluster(string qemuSettings = "", string controllerSettings = "", string qemuLog = "debug")
    {
        Root = Directory.CreateTempSubdirectory("qe-").FullName;

        // QEMU may be somebody else, who must get through to the images.
        File.SetUnixFileMode(Root, File.GetUnixFileMode(Root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        HttpAddress = $"http://127.0.0.1:{FreePort()}";
        WriteCatalogue("""{ "images": [] }""");
        Qemu = new DaemonProcess("qemu", Write("qemu", $$"""
            {
              "listen": { "address": "unix://{{Root}}/qemu.sock" },
              {{qemuSettings}}
              "node_name": "here",
              "state_directory": "{{Root}}/qemu",
              "run_directory": "{{Root}}/run",
              "image_directory": "{{Root}}/images",
              "log": { "level": "{{qemuLog}}" }
            }
            """), Path.Combine(Root, "qemu.log"));
        Controller = new DaemonProcess("controller", Write("controller", $$"""
            {
              "listen": { "address": "unix://{{Root}}/controller.sock" },
              {{controllerSettings}}
              "state_directory": "{{Root}}/controller",
              "image_directory": "{{Root}}/images",
              "catalogs": [ "{{Catalogue}}" ],
              "nodes": [ { "name": "here", "endpoint": { "address": "unix://{{Root}}/qemu.sock" } } ]
            }
            """), Path.Combine(Root, "controller.log"));
        Gateway = new DaemonProcess("gateway", Write("gateway", $$"""
            {
              "listen": { "address": "{{HttpAddress}}" },
              "controller": { "address": "unix://{{Root}}/controller.sock" }
            }
            """), Path.Combine(Root, "gateway.log"));
    }

    public string Root { get; }

    public string HttpAddress { get; }

    private string Catalogue => Path.Combine(Root, "catalog.json");

    public DaemonProcess Qemu { get; }

    public DaemonProcess Controller { get; }

    public DaemonProcess Gateway { get; }

    /// <summary>How long a command of the client may take.</summary>
    protected virtual TimeSpan CommandLimit => TimeSpan.FromMinutes(4);

    /// <summary>How long an instance may take until its status is as wanted.</summary>
    protected virtual TimeSpan WaitLimit => TimeSpan.FromSeconds(60);

    public virtual async Task InitializeAsync()
    {
        await Qemu.StartAsync();
        await Controller.StartAsync();
        await Gateway.StartAsync();
        await PrepareAsync();
    }

    /// <summary>What every test of the cluster finds there: the tiny image.</summary>
    protected virtual async Task PrepareAsync() => (await QvmcAsync("image", "import", "tiny", Binaries.TinyImage)).Expect();

    public virtual async Task DisposeAsync()
    {
        try
        {
            (await QvmcAsync("delete", "--all", "--yes", "--force")).Expect();
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Root, "qemu", "machines")));
            Assert.Equal(0, await Gateway.StopAsync());
            Assert.Equal(0, await Controller.StopAsync());
            Assert.Equal(0, await Qemu.StopAsync());
            Assert.Empty(QemuPids());
            Assert.True(!Directory.Exists(Path.Combine(Root, "run")) || !Directory.EnumerateFileSystemEntries(Path.Combine(Root, "run")).Any());
        }
        finally
        {
            foreach (var daemon in new[] { Gateway, Controller, Qemu })
            {
                try
                {
                    await daemon.KillAsync();
                }
                catch (Exception e) when (e is InvalidOperationException or NullReferenceException)
                {
                    // Already ended.
                }
            }

            foreach (var pid in QemuPids())
            {
                using var leftover = Process.GetProcessById(pid);
                leftover.Kill();
            }
        }

        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Puts another in place of the operator's catalogue: at once, for one that is half written would be left out.</summary>
    public void WriteCatalogue(string text)
    {
        File.WriteAllText(Catalogue + ".new", text);
        File.Move(Catalogue + ".new", Catalogue, overwrite: true);
    }

    /// <summary>Runs the client.</summary>
    public async Task<CommandResult> QvmcAsync(params string[] arguments)
    {
        try
        {
            return await CommandResult.RunAsync(Binaries.Qvmc, arguments, CommandLimit, ("QVMC_ENDPOINT", $"unix://{Root}/controller.sock"));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Qemu.Log}", e);
        }
    }

    /// <summary>The instance as <c>info --format json</c> shows it.</summary>
    public async Task<JsonElement> InfoAsync(string name)
    {
        var json = (await QvmcAsync("info", name, "--format", "json")).Expect().Json;
        return json.ValueKind == JsonValueKind.Array ? json[0] : json;
    }

    /// <summary>Waits until the instance's state is the given one.</summary>
    public Task<JsonElement> WaitStateAsync(string name, string state) => WaitAsync(name, s => s.GetProperty("state").GetString() == state, state);

    /// <summary>Waits by the change stream, not by looking again, until the instance's status is as wanted.</summary>
    public async Task<JsonElement> WaitAsync(string name, Func<JsonElement, bool> wanted, string what)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var limit = new CancellationTokenSource(WaitLimit);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{HttpAddress}/v1/events?filter.names={name}");
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        var last = "nothing";
        try
        {
            while (await lines.ReadLineAsync(limit.Token) is { } line)
            {
                var change = JsonElement.Parse(line);
                if (change.TryGetProperty("instance", out var instance) && instance.ValueKind == JsonValueKind.Object && instance.TryGetProperty("status", out var status))
                {
                    last = status.GetRawText();
                    if (wanted(status))
                    {
                        return instance;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        throw new TimeoutException($"{name} did not become {what}; it is {last}\n{Qemu.Log}");
    }

    /// <summary>The QEMUs of this cluster, found by their command lines.</summary>
    public IReadOnlyList<int> QemuPids() => [.. Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? pid : 0)
        .Where(pid => pid > 0 && CommandLine(pid).Contains($"{Root}/qemu/machines/", StringComparison.Ordinal))];

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private string Write(string name, string json)
    {
        var path = Path.Combine(Root, $"{name}.json");
        File.WriteAllText(path, json);
        return path;
    }

    /// <summary>A port of the loopback that nobody listens on.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
