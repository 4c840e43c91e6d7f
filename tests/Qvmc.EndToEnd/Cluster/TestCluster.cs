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
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(4);

    public TestCluster()
    {
        Root = Directory.CreateTempSubdirectory("qe-").FullName;
        HttpAddress = $"http://127.0.0.1:{FreePort()}";
        Qemu = new DaemonProcess("qemu", Write("qemu", $$"""
            {
              "listen": { "address": "unix://{{Root}}/qemu.sock" },
              "node_name": "here",
              "state_directory": "{{Root}}/qemu",
              "run_directory": "{{Root}}/run",
              "image_directory": "{{Root}}/images",
              "log": { "level": "debug" }
            }
            """), Path.Combine(Root, "qemu.log"));
        Controller = new DaemonProcess("controller", Write("controller", $$"""
            {
              "listen": { "address": "unix://{{Root}}/controller.sock" },
              "state_directory": "{{Root}}/controller",
              "image_directory": "{{Root}}/images",
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

    public DaemonProcess Qemu { get; }

    public DaemonProcess Controller { get; }

    public DaemonProcess Gateway { get; }

    public async Task InitializeAsync()
    {
        await Qemu.StartAsync();
        await Controller.StartAsync();
        await Gateway.StartAsync();
        (await QvmcAsync("image", "import", "tiny", Binaries.TinyImage)).Expect();
    }

    public async Task DisposeAsync()
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

    /// <summary>Runs the client.</summary>
    public async Task<CommandResult> QvmcAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Binaries.Qvmc, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["QVMC_ENDPOINT"] = $"unix://{Root}/controller.sock" },
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var command = $"qvmc {string.Join(' ', arguments)}";
        try
        {
            await process.WaitForExitAsync().WaitAsync(CommandLimit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException($"{command} did not end:\n{await errors}\n{Qemu.Log}");
        }

        return new CommandResult(command, process.ExitCode, await output, await errors);
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
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
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

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
