using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Qvmc.Testing.Namespaces;

/// <summary>
/// A network namespace of a test's own, with nothing in it but a loopback that is up. Disposal ends what runs in it
/// and removes it, and with it every link, rule and setting that was made there.
/// </summary>
public sealed class TestNamespace : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Lazy<string?> FirstObstacle = new(Look);

    private readonly string _directory = Directory.CreateTempSubdirectory("qns-").FullName;

    private TestNamespace(string name) => Name = name;

    /// <summary>Why none can be made here, for a test that is left out by its name; null: one can.</summary>
    public static string? Obstacle => FirstObstacle.Value;

    /// <summary>Its name, as <c>ip netns</c> shows it.</summary>
    public string Name { get; }

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>Makes one.</summary>
    public static async Task<TestNamespace> CreateAsync()
    {
        if (Obstacle is { } obstacle)
        {
            throw new InvalidOperationException(obstacle);
        }

        var made = new TestNamespace($"qvt-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        await HostAsync("ip", "netns", "add", made.Name);
        await made.RunAsync("ip", "link", "set", "lo", "up");
        return made;
    }

    /// <summary>Joins this one with another by a pair of interfaces, both up, each with an address ("192.0.2.1/24").</summary>
    public async Task JoinAsync(string here, string hereAddress, TestNamespace other, string there, string thereAddress)
    {
        await HostAsync("ip", "link", "add", here, "netns", Name, "type", "veth", "peer", "name", there, "netns", other.Name);
        await EndAsync(this, here, hereAddress);
        await EndAsync(other, there, thereAddress);

        static async Task EndAsync(TestNamespace end, string link, string address)
        {
            await end.RunAsync("ip", "address", "add", address, "dev", link);
            await end.RunAsync("ip", "link", "set", link, "up");
        }
    }

    /// <summary>Runs a command in it and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has its words.</exception>
    public Task<string> RunAsync(params string[] command) => OutputAsync(Command(command));

    /// <summary>Runs a shell's script in it and returns what it printed.</summary>
    public Task<string> ShellAsync(string script) => RunAsync("/bin/sh", "-euc", script);

    /// <summary>How to start a program in it. Of root it becomes the very process; else sudo stands between.</summary>
    public ProcessStartInfo Command(params string[] command) => HostCommand(["ip", "netns", "exec", Name, .. command]);

    /// <summary>Path of a script that runs the program in it, for where the path of a tool is asked for.</summary>
    public string Wrap(string program)
    {
        var script = Path.Combine(_directory, Path.GetFileName(program));
        var start = Command(Find(program));
        return Executable.Write(script, $"#!/bin/sh\nexec {start.FileName} {string.Join(' ', start.ArgumentList)} \"$@\"\n");
    }

    /// <summary>Ids of the processes that run in it.</summary>
    public async Task<IReadOnlyList<int>> PidsAsync() =>
        [.. (await HostAsync("ip", "netns", "pids", Name)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(p => int.Parse(p, CultureInfo.InvariantCulture))];

    /// <summary>Sends a signal ("TERM", "KILL") to a process, whoever's it is.</summary>
    public static Task SignalAsync(string signal, int pid) => HostAsync("kill", "-s", signal, pid.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pid in await PidsAsync())
        {
            try
            {
                await SignalAsync("KILL", pid);
            }
            catch (InvalidOperationException)
            {
                // Ended by itself meanwhile.
            }
        }

        await HostAsync("ip", "netns", "delete", Name);
        Directory.Delete(_directory, recursive: true);
    }

    private static string? Look()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "there are no network namespaces but on Linux";
        }

        try
        {
            var probe = $"qvt-probe-{Environment.ProcessId}";
            HostAsync("ip", "netns", "add", probe).GetAwaiter().GetResult();
            HostAsync("ip", "netns", "delete", probe).GetAwaiter().GetResult();
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or FileNotFoundException)
        {
            return $"no network namespace can be made, for which root is needed, or sudo without a password: {e.Message}";
        }
    }

    private static ProcessStartInfo HostCommand(string[] command)
    {
        string[] all = IsRoot ? [Find(command[0]), .. command[1..]] : [Find("sudo"), "-n", Find(command[0]), .. command[1..]];
        return new ProcessStartInfo(all[0], all[1..]);
    }

    private static Task<string> HostAsync(params string[] command) => OutputAsync(HostCommand(command));

    private static async Task<string> OutputAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var command = $"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}";
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{command} did not end within {Limit.TotalSeconds} s");
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{command} ended with {process.ExitCode}: {await errors}{await output}");
    }

    // Users' search paths often lack what only root is thought to need.
    private static string Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{program} is not installed");
}
