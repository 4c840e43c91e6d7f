using Qvmc.Cli.Tests.Fakes;

namespace Qvmc.Cli.Tests.Daemons;

public sealed class DaemonVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-daemon-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("qemu")]
    [InlineData("controller")]
    [InlineData("gateway")]
    public async Task The_example_passes_the_check(string daemon)
    {
        using var example = await CliRun.EndAsync(null, "config", "example", daemon);
        using var run = await CliRun.EndAsync(null, daemon, "-c", Write(example.Output), "--check");
        Assert.Equal((ExitCode.Success, ""), (await run.Exit, run.Error));
        Assert.EndsWith($"is a good configuration of qvmc {daemon}\n", run.Output);
    }

    [Fact]
    public async Task Every_fault_of_a_file_is_told_with_its_place()
    {
        var path = Write("""
            {
              "listen": { "address": "unix:///run/qvmc/qemu.sock" },
              "state_directory": 7,
              "bogus": 1
            }
            """);
        using var run = await CliRun.EndAsync(null, "qemu", "-c", path, "--check");
        Assert.Equal(ExitCode.Usage, await run.Exit);
        Assert.StartsWith("qvmc: 2 fields are at fault:\n", run.Error);
        Assert.Contains($"  {path}:3:", run.Error);
        Assert.Contains($"  {path}:4:", run.Error);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_fault_of_usage()
    {
        using var run = await CliRun.EndAsync(null, "controller", "-c", Path.Combine(_directory, "none"));
        Assert.Equal(ExitCode.Usage, await run.Exit);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_directory, "settings.json");
        File.WriteAllText(path, text);
        return path;
    }
}
