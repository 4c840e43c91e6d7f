using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests.Tus;

/// <summary>A client of the protocol's own authors (tus-js-client, of npm, under Node.js).</summary>
public sealed class TusClientTests : IAsyncLifetime
{
    private readonly RunningGateway _gateway = new();
    private readonly string _file = Path.GetTempFileName();

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public async Task DisposeAsync()
    {
        File.Delete(_file);
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Goes_on_after_a_break_and_gives_up()
    {
        var tools = Path.Combine(Root(), "tools");
        if (!File.Exists(Path.Combine(tools, "node_modules", "tus-js-client", "package.json")))
        {
            await RunAsync("npm", "ci", "--prefix", tools, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error");
        }
        var bytes = RandomNumberGenerator.GetBytes(10_000_019);
        await File.WriteAllBytesAsync(_file, bytes);

        var said = JsonElement.Parse(await RunAsync("node", Path.Combine(Root(), "tests", "Qvmc.Gateway.Tests", "Tus", "client.mjs"), tools, new Uri(_gateway.Address, "/v1/uploads").ToString(), _file, "own:1"));

        Assert.Equal("own:1", said.GetProperty("image").GetString());
        var (id, upload) = Assert.Single(_gateway.Controller.Uploads);
        Assert.Equal(new Uri(_gateway.Address, $"/v1/uploads/{id}").ToString(), said.GetProperty("url").GetString());
        Assert.NotEqual(said.GetProperty("url").GetString(), said.GetProperty("given").GetString());
        Assert.Equal(bytes, upload.Bytes);
        Assert.Equal(new UploadHeader { Name = "own:1", Format = ImageFormat.Raw, SizeBytes = 10_000_019 }, upload.View().Header);
    }

    private static async Task<string> RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        return await output;
    }

    private static string Root([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
