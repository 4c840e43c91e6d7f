using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Qemu.Guest;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Guest;

/// <summary>A watch on a guest whose agent is a fake.</summary>
internal sealed class WatchedGuest : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Channel<GuestReport> _reports = Channel.CreateUnbounded<GuestReport>();

    internal WatchedGuest()
    {
        Watch = new GuestWatch(Agent.SocketPath, report => _reports.Writer.TryWrite(report), NullLogger.Instance, new SwiftTime());
    }

    internal FakeAgent Agent { get; } = FakeAgent.Start();

    internal GuestWatch Watch { get; }

    /// <summary>Puts a file under /run/cloud-init, which is there from then on.</summary>
    internal void Write(string name, string text)
    {
        Agent.Files["/run/cloud-init"] = null;
        Agent.Files[$"/run/cloud-init/{name}"] = Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The next report that is as wanted.</summary>
    internal async Task<GuestReport> HearAsync(Func<GuestReport, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var report = await _reports.Reader.ReadAsync(limit.Token);
            if (wanted(report))
            {
                return report;
            }
        }
    }

    internal async Task<CloudInitReport> HearAsync(string reason) => (await HearAsync(r => r.CloudInit?.Reason == reason)).CloudInit!;

    /// <summary>The names of the commands that come from now on until the agent was asked so often who it is.</summary>
    internal async Task<List<string>> CommandsAsync(int questions)
    {
        while (Agent.Commands.TryRead(out _))
        {
        }

        using var limit = new CancellationTokenSource(Limit);
        var names = new List<string>();
        while (names.Count(n => n == "guest-info") < questions)
        {
            names.Add((await Agent.Commands.ReadAsync(limit.Token)).Name);
        }

        return names;
    }

    public async ValueTask DisposeAsync()
    {
        await Watch.DisposeAsync();
        await Agent.DisposeAsync();
    }
}
