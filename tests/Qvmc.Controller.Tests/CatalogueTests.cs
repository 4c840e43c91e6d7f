using Qvmc.Core.Faults;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Image.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class CatalogueTests
{
    [Fact]
    public async Task The_built_in_catalogue_is_searched_for_the_own_processor_unless_told_otherwise()
    {
        await using var world = await StartAsync();
        await world.UploadAsync("debian:12", Disk(2));
        var images = (await SearchAsync(world, "debian")).Images;
        Assert.Equal([("debian:13", true, false), ("debian:12", false, true)], images.Select(i => (i.Name, i.Latest, i.Pulled)));
        Assert.All(images, i => Assert.Equal((ImageArch.Host, "built-in", "debian", GuestAgent.Absent), (i.Arch, i.Catalog, i.DefaultUser, i.GuestAgent)));
        Assert.Equal(["debian:bookworm"], images[1].Aliases);
        Assert.StartsWith("https://", images[1].Url, StringComparison.Ordinal);

        var arm = (await world.Images.SearchImagesAsync(new SearchImagesRequest { Query = "BOOKWORM", Arch = "aarch64" }, Within())).Images;
        Assert.Contains("arm64", Assert.Single(arm).Url, StringComparison.Ordinal);
        var fault = await FaultOf(async () => await world.Images.SearchImagesAsync(new SearchImagesRequest { Query = new string('x', 1001), Arch = "amd64" }, Within()));
        Assert.Equal((FaultCode.InvalidArgument, 2), (fault.Code, fault.Fields.Count));
    }

    [Fact]
    public async Task An_operators_file_replaces_entries_and_is_read_again_when_it_changes()
    {
        await using var world = await StartAsync();
        var file = Path.Combine(world.Directory, "ours.json");
        await File.WriteAllTextAsync(file, Catalogue("debian:12", "https://ours.example/12"));
        world.Settings.Catalogs.Add(file);
        await world.RestartControllerAsync();
        Assert.Equal([("https://ours.example/12", file)], (await SearchAsync(world, "debian:12")).Images.Select(i => (i.Url, i.Catalog)));
        Assert.Equal("built-in", (await SearchAsync(world, "debian:13")).Images[0].Catalog);

        await File.WriteAllTextAsync(file, Catalogue("own:1", "https://ours.example/own-one"));
        Assert.Equal(["own:1"], (await SearchAsync(world, "own")).Images.Select(i => i.Name));

        // A broken one is a warning, and what was good before stays.
        await File.WriteAllTextAsync(file, "{\"images\": [{\"nam\": \"own:2\"}]}");
        var broken = await SearchAsync(world, "own");
        Assert.Equal(["own:1"], broken.Images.Select(i => i.Name));
        Assert.Contains($"{file}:1:14: images[0].nam: is not known; did you mean \"name\"?; what was read before is used", Assert.Single(broken.Warnings), StringComparison.Ordinal);

        // It keeps nobody from starting.
        File.Delete(file);
        await world.RestartControllerAsync();
        var missing = await SearchAsync(world, "debian:12");
        Assert.Equal("built-in", Assert.Single(missing.Images).Catalog);
        Assert.Equal($"the catalogue {file} is not there; it is left out", Assert.Single(missing.Warnings));
    }

    [Fact]
    public async Task A_served_catalogue_is_kept_for_a_start_without_network()
    {
        await using var world = await StartAsync();
        world.Settings.NoBuiltinCatalog = true;
        string url;
        await using (var server = await CatalogueServer.StartAsync())
        {
            url = server.Url;
            server.Text = Catalogue("own:1", "https://ours.example/1");
            world.Settings.Catalogs.Add(url);
            await world.RestartControllerAsync();
            Assert.Equal([("own:1", url)], (await SeeAsync(world, r => r.Images.Count == 1)).Images.Select(i => (i.Name, i.Catalog)));

            // The second start asks whether there is news, and there is none.
            await world.RestartControllerAsync();
            Assert.Single((await SeeAsync(world, _ => server.Asked.Count == 2)).Images);
            Assert.Equal(["", "\"1\""], server.Asked);
        }

        await world.RestartControllerAsync();
        var offline = await SeeAsync(world, r => r.Warnings.Count > 0);
        Assert.Equal("own:1", Assert.Single(offline.Images).Name);
        Assert.StartsWith($"the catalogue {url} can't be fetched: ", Assert.Single(offline.Warnings), StringComparison.Ordinal);
        Assert.EndsWith("what was read before is used", offline.Warnings[0], StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(world.Settings.StateDirectory, "catalogs")).Length);
    }

    [Theory]
    [InlineData(200, "<html>", "has a fault: ")]
    [InlineData(200, "{\"images\": [{\"name\": \"own\"}]}", "has 2 faults: ")]
    [InlineData(500, "", "can't be fetched: its server answers 500")]
    public async Task A_bad_answer_is_a_warning_and_replaces_nothing(int status, string text, string warning)
    {
        await using var world = await StartAsync();
        await using var server = await CatalogueServer.StartAsync();
        (server.Status, server.Text) = (status, text);
        world.Settings.Catalogs.Add(server.Url);
        await world.RestartControllerAsync();
        var never = await SeeAsync(world, r => r.Warnings.Any(w => w.Contains(warning, StringComparison.Ordinal)));
        Assert.EndsWith("it is left out", Assert.Single(never.Warnings), StringComparison.Ordinal);
        Assert.NotEmpty(never.Images);

        (server.Status, server.Text) = (200, Catalogue("own:1", "https://ours.example/1"));
        await world.RestartControllerAsync();
        await SeeAsync(world, r => r.Images.Any(i => i.Name == "own:1"));
        (server.Status, server.Text, server.Tag) = (status, text, "\"2\"");
        await world.RestartControllerAsync();
        var later = await SeeAsync(world, r => r.Warnings.Any(w => w.Contains(warning, StringComparison.Ordinal)));
        Assert.Contains(later.Images, i => i.Name == "own:1");

        // What was refused was not kept in place of the good one either.
        await world.RestartControllerAsync();
        Assert.Contains((await SearchAsync(world, "")).Images, i => i.Name == "own:1");
    }

    [Fact]
    public async Task A_damaged_copy_is_fetched_anew()
    {
        await using var world = await StartAsync();
        await using var server = await CatalogueServer.StartAsync();
        server.Text = Catalogue("own:1", "https://ours.example/1");
        world.Settings.Catalogs.Add(server.Url);
        await world.RestartControllerAsync();
        await SeeAsync(world, r => r.Images.Any(i => i.Name == "own:1"));
        await world.StopControllerAsync();
        var copy = Assert.Single(Directory.GetFiles(Path.Combine(world.Settings.StateDirectory, "catalogs"), "*.json"));
        await File.WriteAllTextAsync(copy, server.Text[..20]);
        await world.StartControllerAsync();
        await SeeAsync(world, r => r.Images.Any(i => i.Name == "own:1"));
        Assert.Equal(["", ""], server.Asked);
    }

    private static string Catalogue(string name, string url) =>
        $$"""{"images": [{"name": "{{name}}", "files": [{"arch": "{{ImageArch.Host}}", "url": "{{url}}"}]}]}""";

    private static async Task<SearchImagesResponse> SearchAsync(ControllerHarness world, string query) =>
        await world.Images.SearchImagesAsync(new SearchImagesRequest { Query = query }, Within());

    /// <summary>Asks until the answer is as wanted: what is fetched comes when it comes.</summary>
    private static async Task<SearchImagesResponse> SeeAsync(ControllerHarness world, Func<SearchImagesResponse, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (true)
        {
            var response = await SearchAsync(world, "");
            if (wanted(response))
            {
                return response;
            }

            await Task.Delay(20, limit.Token);
        }
    }
}
