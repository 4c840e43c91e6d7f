using Qvmc.EndToEnd.Cluster;

namespace Qvmc.Faults.Scenarios;

/// <summary>Bytes behind a URL on loopback.</summary>
public sealed class ImageSource(string root, string name, byte[] bytes)
{
    private SlowSource? _source;

    public string Url => _source!.Url;

    public async Task StartAsync()
    {
        var path = Path.Combine(root, $"{name}.raw");
        await File.WriteAllBytesAsync(path, bytes);
        _source = await SlowSource.StartAsync(path, TimeSpan.Zero);
    }

    public async Task StopAsync()
    {
        await (_source?.DisposeAsync() ?? ValueTask.CompletedTask);
        File.Delete(Path.Combine(root, $"{name}.raw"));
    }
}
