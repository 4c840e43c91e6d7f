using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests.Downloads;

public sealed class DiskTests : IAsyncLifetime
{
    private readonly RunningGateway _gateway = new();

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("", ImageFormat.Qcow2, "a.qcow2")]
    [InlineData("?format=raw&disk=data1", ImageFormat.Raw, "a-data1.raw")]
    public async Task The_bytes_come_when_it_is_known_how_many(string query, ImageFormat format, string file)
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        _gateway.Controller.Disk.AddRange(
        [
            new ExportDiskResponse { Progress = 10 },
            new ExportDiskResponse { Progress = 1000 },
            new ExportDiskResponse { Header = new DiskExport { Format = format, SizeBytes = 300_000, VirtualSizeBytes = 1 << 30 } },
            new ExportDiskResponse { Chunk = ByteString.CopyFrom(bytes, 0, 200_000) },
            new ExportDiskResponse { Chunk = ByteString.CopyFrom(bytes, 200_000, 100_000) },
        ]);

        using var response = await _gateway.Http.GetAsync($"/v1/instances/a/disk{query}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(300_000, response.Content.Headers.ContentLength);
        Assert.Equal(file, response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_refusal_has_a_status_of_its_own()
    {
        var (status, problem, _) = await _gateway.SendAsync("GET", "/v1/instances/a/disk?compress=true");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("stop it first", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(new ExportDiskRequest { Name = "a", Compress = true }, _gateway.Controller.Requests.Single());
    }

    [Theory]
    [InlineData("?compres=true", "compres")]
    [InlineData("?format=TAR", "format")]
    public async Task Wrong_parameters_are_named(string query, string field)
    {
        var (status, problem, _) = await _gateway.SendAsync("GET", $"/v1/instances/a/disk{query}");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(field, (string?)problem["errors"]![0]!["field"]);
    }
}
