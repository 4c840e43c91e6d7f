using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;
using static Qvmc.Controller.Tests.ControllerHarness;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Tests.Upgrades;

/// <summary>
/// The store of a controller of 2026-11 is read by every later one. What is in store.sql is never changed to please a test; a
/// newer format gets a newer one beside.
/// </summary>
public class OldStoreTests
{
    [Fact]
    public async Task Every_record_is_known_and_carried_out()
    {
        await using var world = await StartAsync();
        await world.StopControllerAsync();
        await HostHasAsync(world, await FillAsync(Path.Combine(world.Settings.StateDirectory, "store.db")));
        await world.StartControllerAsync();
        var list = (await world.Client.ListAsync(new ListRequest(), Within())).Instances;
        Assert.Equal(["db", "idle", "web1"], list.Select(i => i.Name));
        Assert.Equal(["n2ss63voanwi", "lzyqsn47rskc", "s523lbnvvmq5"], list.Select(i => i.Uid));
        var (db, web1) = (list[0], list[2]);
        Assert.Equal(("web", "ops", 4u, 96u), (web1.Labels["tier"], web1.Labels["owner"], web1.Generation, web1.Spec.MemoryMib));
        Assert.Equal((PowerState.Stopped, 3u, "10.80.0.77", "db.example"), (db.Spec.Power, db.Spec.Autostart.Order, db.Spec.Nics.Single().Address, db.Spec.CloudInit.Hostname));
        Assert.Equal(["drivers", "tiny"], (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images.Select(i => i.Name).Order(StringComparer.Ordinal));

        // It goes on from there: what is on record reaches a host, and changes.
        var change = await world.Client.UpdateAsync(new UpdateRequest { Name = "idle", Spec = new InstanceSpec { Cpus = 2 } }, Within());
        Assert.Equal(2u, change.Instance.Generation);
        await world.SeeAsync("idle", i => i.Status is { State: State.Stopped, ObservedGeneration: 2 });
    }

    // The host has had every order, as on the day when the store was written.
    private static async Task HostHasAsync(ControllerHarness world, IEnumerable<InstanceRecord> records)
    {
        using var channel = GrpcChannels.Create(world.Node.Endpoint);
        var host = new QemuService.QemuServiceClient(channel);
        foreach (var record in records)
        {
            await host.EnsureAsync(new EnsureRequest { Order = Desire.Order(record) }, Within());
        }
    }

    private static async Task<List<InstanceRecord>> FillAsync(string path)
    {
        foreach (var file in new[] { path, path + "-wal", path + "-shm" })
        {
            File.Delete(file);
        }

        await using var database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = await File.ReadAllTextAsync(Path.Combine(Here(), "store.sql"));
        await command.ExecuteNonQueryAsync();
        command.CommandText = "SELECT value FROM entries WHERE key LIKE 'instances/%'";
        var records = new List<InstanceRecord>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            records.Add(InstanceRecord.Parser.ParseFrom((byte[])rows[0]));
        }

        return records;
    }

    private static string Here([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
