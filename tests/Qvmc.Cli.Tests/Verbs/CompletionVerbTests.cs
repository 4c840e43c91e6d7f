using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class CompletionVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _controller.Instances.Set(Samples.Ready("web1"));
        _controller.Instances.Set(Samples.Ready("db"));
        _controller.Images.Set(ImageSamples.Ready("debian:12"));
        _controller.Images.OnSearch = _ => new SearchImagesResponse { Images = { new CatalogImage { Name = "debian:13", Aliases = { "debian:trixie" }, Latest = true } } };
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Theory]
    [InlineData("qvmc restar", "restart\n")]
    [InlineData("qvmc launch --cpu", "--cpus\n")]
    [InlineData("qvmc list -o j", "json\n")]
    [InlineData("qvmc wait --for rea", "ready\n")]
    [InlineData("qvmc stop we", "web1\n")]
    [InlineData("qvmc image verify de", "debian:12\n")]
    [InlineData("qvmc image info de", "debian\ndebian:12\ndebian:13\ndebian:trixie\n")]
    [InlineData("qvmc image pull deb", "debian\ndebian:13\ndebian:trixie\n")]
    [InlineData("qvmc launch --image deb", "debian\ndebian:12\ndebian:13\ndebian:trixie\n")]
    public async Task Completes_verbs_options_values_and_names(string line, string candidates)
    {
        using var run = await CliRun.EndAsync(_controller, $"[suggest:{line.Length}]", line);
        Assert.Equal(candidates, run.Output);
    }

    [Fact]
    public async Task The_script_for_bash_offers_what_fits_the_word()
    {
        using var script = await CliRun.EndAsync(null, "completion", "bash");
        var test = script.Output + """
            qvmc() { printf '%s\n' "$1" "$2" start stop; }
            COMP_LINE='qvmc st' COMP_POINT=7 COMP_WORDS=(qvmc st) COMP_CWORD=1
            _qvmc
            printf '%s ' "${COMPREPLY[@]}"
            """;
        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", test]) { RedirectStandardOutput = true })!;
        Assert.Equal("start stop ", await bash.StandardOutput.ReadToEndAsync());
        await bash.WaitForExitAsync();
    }

    [Theory]
    [InlineData("launch --image debian:1", "12 13 ")]
    [InlineData("launch --image debian:", "12 13 trixie ")]
    [InlineData("launch --image deb", "debian:12 debian:13 debian:trixie ")]
    [InlineData("launch --image=debian:t", "trixie ")]
    public async Task The_script_for_bash_knows_names_with_versions(string line, string replies)
    {
        using var script = await CliRun.EndAsync(null, "completion", "bash");
        var test = script.Output + $$"""
            qvmc() { printf '%s\n' debian:12 debian:13 debian:trixie; }
            COMP_LINE='qvmc {{line}}' COMP_POINT={{line.Length + 5}}
            _qvmc
            printf '%s ' "${COMPREPLY[@]}"
            """;
        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", test]) { RedirectStandardOutput = true })!;
        Assert.Equal(replies, await bash.StandardOutput.ReadToEndAsync());
        await bash.WaitForExitAsync();
    }

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task The_other_shells_scripts_ask_qvmc_too(string shell)
    {
        using var run = await CliRun.EndAsync(null, "completion", shell);
        Assert.Contains("qvmc \"[suggest:", run.Output);
    }
}
