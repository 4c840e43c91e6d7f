using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Image.V1;
using static Qvmc.Cli.Tests.Fakes.ImageSamples;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ImageVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    private FakeImages Images => _controller.Images;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task List_shows_what_is_here_and_what_is_coming()
    {
        Images.Set(Ready("debian:13"));
        Images.Set(Pulling("ubuntu:24.04", 42, 100));
        Images.Set(Failed("gone:1", "not found"));
        Images.Set(new Image { Name = "own", Digest = Digest, State = ImageState.Ready, Format = ImageFormat.Iso, SizeBytes = 5 << 20, VirtualSizeBytes = 5 << 20, CreateTime = Ready("x").CreateTime, UsedBy = { "a", "b" } });
        using var run = await CliRun.EndAsync(_controller, "image", "list");
        Assert.Equal(
            """
            NAME          STATE        FORMAT  SIZE       DISK    DIGEST        USED BY  AGE  SOURCE
            debian:13     ready        qcow2   20 MiB     64 MiB  2f7a90c1aaaa  0        3h   catalogue
            gone:1        failed       -       -          -       -             0        -    imported
            own           ready        iso     5 MiB      5 MiB   2f7a90c1aaaa  2        3h   imported
            ubuntu:24.04  pulling 42%  -       100 bytes  -       -             0        -    https://a.example/x.qcow2

            """,
            run.Output);
    }

    [Fact]
    public async Task Info_shows_all_about_one()
    {
        var image = Ready("mine:1");
        image.Source = new ImageSource { Url = "https://a.example/x.vmdk", Checksum = "sha512:00", Format = ImageFormat.Vmdk };
        (image.DefaultUser, image.GuestAgent, image.Error) = ("admin", GuestAgent.Absent, "its server answers 500");
        Images.Set(image);
        using var run = await CliRun.EndAsync(_controller, "image", "info", "mine:1");
        Assert.Equal(
            $"""
            Name:       mine:1
            State:      ready, old
            Error:      its server answers 500
            Digest:     {Digest}
            Format:     qcow2 (came as vmdk)
            Size:       20 MiB
            Disk:       64 MiB
            Source:     https://a.example/x.vmdk
            Checksum:   sha512:00
            User:       admin
            Agent:      installed at the first boot
            Used by:    nobody
            Imported:   3h ago

            """,
            run.Output);
    }

    [Theory]
    [InlineData("debian:13")]
    [InlineData("debian:trixie")]
    [InlineData("debian")]
    [InlineData("debian:latest")]
    public async Task Info_shows_one_of_the_catalogue_that_is_not_here(string reference)
    {
        SearchImagesRequest? asked = null;
        Images.OnSearch = request =>
        {
            asked = request;
            return Catalogue(pulled: false);
        };
        using var run = await CliRun.EndAsync(_controller, "image", "info", reference);
        Assert.Equal("debian", asked!.Query);
        Assert.Equal(
            """
            Name:       debian:13
            State:      not here; "qvmc image pull debian:13" fetches it, and a launch does so by itself
            Also:       debian:trixie, debian
            Title:      Debian 13 (trixie)
            Processor:  x86_64
            Size:       about 328 MiB to fetch
            Source:     https://a.example/13.qcow2
            Catalogue:  built-in
            User:       debian
            Agent:      installed at the first boot

            """,
            run.Output);
        using var json = await CliRun.EndAsync(_controller, "image", "info", reference, "-o", "json");
        Assert.Contains("\"title\": \"Debian 13 (trixie)\"", json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_by_another_name_of_one_that_is_here_shows_that()
    {
        Images.Set(Ready("debian:13"));
        Images.OnSearch = _ => Catalogue(pulled: true);
        using var run = await CliRun.EndAsync(_controller, "image", "info", "debian");
        Assert.StartsWith("Name:       debian:13\nState:      ready\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_of_what_is_nowhere_is_not_found()
    {
        Images.OnSearch = _ => Catalogue(pulled: false);
        using var run = await CliRun.EndAsync(_controller, "image", "info", "debian:11");
        Assert.Equal(ExitCode.NotFound, await run.Exit);
        Assert.StartsWith("qvmc: there is no image \"debian:11\", here or in the catalogue; ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_shows_names_sizes_and_warnings()
    {
        SearchImagesRequest? asked = null;
        Images.OnSearch = request =>
        {
            asked = request;
            return new SearchImagesResponse
            {
                Images =
                {
                    new CatalogImage { Name = "debian:13", Aliases = { "debian:trixie" }, Title = "Debian 13 (trixie)", SizeBytes = 328 << 20, Latest = true, Pulled = true },
                    new CatalogImage { Name = "debian:12", Title = "Debian 12 (bookworm)" },
                },
                Warnings = { "the catalogue /c.json is not there; it is left out" },
            };
        };
        using var run = await CliRun.EndAsync(_controller, "image", "search", "debian", "cloud", "--arch", "aarch64");
        Assert.Equal(new SearchImagesRequest { Query = "debian cloud", Arch = "aarch64" }, asked);
        Assert.Equal(
            """
            NAME       ALSO                   TITLE                 SIZE     HERE
            debian:13  debian:trixie, debian  Debian 13 (trixie)    328 MiB  yes
            debian:12  -                      Debian 12 (bookworm)  -        -

            """,
            run.Output);
        Assert.Equal("qvmc: warning: the catalogue /c.json is not there; it is left out\n", run.Error);
    }

    [Fact]
    public async Task Search_says_when_there_is_nothing()
    {
        Images.OnSearch = _ => new SearchImagesResponse();
        using var run = await CliRun.EndAsync(_controller, "image", "search", "xyzzy");
        Assert.Equal(("", ExitCode.Success), (run.Output, await run.Exit));
        Assert.Contains("the catalogue has no such image", run.Error, StringComparison.Ordinal);
        using var json = await CliRun.EndAsync(_controller, "image", "search", "xyzzy", "--format", "json");
        Assert.Equal(("[]\n", ""), (json.Output, json.Error));
    }

    [Fact]
    public async Task Verify_reads_every_image_and_ends_with_1_when_one_is_damaged()
    {
        Images.Set(Ready("a"));
        Images.Set(Ready("b"));
        Images.Set(Ready("c"));
        Images.Set(Pulling("d"));
        Images.OnVerify = request =>
        [
            new VerifyImageResponse { Progress = new ImageProgress { DoneBytes = 5, TotalBytes = 10 } },
            request.Name == "b"
                ? new VerifyImageResponse { Progress = new ImageProgress { DoneBytes = 10, TotalBytes = 10 }, Verdict = ImageVerdict.Damaged, Message = "pull it again" }
                : new VerifyImageResponse { Verdict = ImageVerdict.Sound },
        ];
        using var run = await CliRun.EndAsync(_controller, "image", "verify", "--all");
        Assert.Equal("a: sound\nb: DAMAGED: pull it again\nc: sound\n", run.Output);
        Assert.Equal(ExitCode.Failure, await run.Exit);
        Assert.Contains("b: reading 50% of 10 bytes\nb: reading 100% of 10 bytes\n", run.Error, StringComparison.Ordinal);
        using var one = await CliRun.EndAsync(_controller, "image", "verify", "c", "-o", "json");
        Assert.Equal(ExitCode.Success, await one.Exit);
        Assert.Contains("\"verdict\": \"IMAGE_VERDICT_SOUND\"", one.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_without_a_verdict_is_a_failure()
    {
        Images.OnVerify = _ => [new VerifyImageResponse { Progress = new ImageProgress { DoneBytes = 5, TotalBytes = 10 } }];
        using var run = await CliRun.EndAsync(_controller, "image", "verify", "a");
        Assert.Equal(ExitCode.Unreachable, await run.Exit);
        using var nothing = await CliRun.EndAsync(_controller, "image", "verify");
        Assert.Equal(ExitCode.Usage, await nothing.Exit);
        Assert.Contains("name images, or give --all", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prune_shows_what_went_and_what_could_not()
    {
        PruneImagesRequest? asked = null;
        Images.OnPrune = request =>
        {
            asked = request;
            return new PruneImagesResponse
            {
                FreedBytes = 30 << 20,
                Items =
                {
                    new PrunedItem { Kind = PrunedKind.Image, Name = "debian:12", FreedBytes = 20 << 20 },
                    new PrunedItem { Kind = PrunedKind.Partial, Name = "pull-x", FreedBytes = 10 << 20 },
                    new PrunedItem { Kind = PrunedKind.Bytes, Name = Digest, Error = "permission denied" },
                },
            };
        };
        using var run = await CliRun.EndAsync(_controller, "image", "prune");
        Assert.Equal("KIND   NAME       SIZE\nimage  debian:12  20 MiB\nrest   pull-x     10 MiB\n30 MiB freed\n", run.Output);
        Assert.Equal($"qvmc: {Digest}: permission denied\n", run.Error);
        Assert.Equal(ExitCode.Failure, await run.Exit);
        Assert.Equal(new PruneImagesRequest(), asked);
        using var dry = await CliRun.EndAsync(_controller, "image", "prune", "--all", "--dry-run");
        Assert.EndsWith("30 MiB would be freed\n", dry.Output, StringComparison.Ordinal);
        Assert.Equal(new PruneImagesRequest { All = true, DryRun = true }, asked);
    }

    [Fact]
    public async Task Prune_asks_before_what_can_not_be_fetched_again()
    {
        var asked = new List<PruneImagesRequest>();
        Images.OnPrune = request =>
        {
            asked.Add(request);
            return new PruneImagesResponse { Items = { new PrunedItem { Kind = PrunedKind.Image, Name = "own" } } };
        };
        using var nobody = await CliRun.EndAsync(_controller, "image", "prune", "--all");
        Assert.Equal(ExitCode.Usage, await nobody.Exit);
        using var no = CliRun.BeginAtTerminal(_controller.Address, "n\n", "image", "prune", "--all");
        Assert.Equal(ExitCode.Failure, await no.EndAsync());
        Assert.Contains("own", no.Error, StringComparison.Ordinal);
        Assert.All(asked, request => Assert.True(request.DryRun));
        using var yes = CliRun.BeginAtTerminal(_controller.Address, "y\n", "image", "prune", "--all");
        Assert.Equal(ExitCode.Success, await yes.EndAsync());
        using var sure = await CliRun.EndAsync(_controller, "image", "prune", "--all", "--yes");
        Assert.Equal(2, asked.Count(request => !request.DryRun));
    }

    private static SearchImagesResponse Catalogue(bool pulled) => new()
    {
        Images =
        {
            new CatalogImage
            {
                Name = "debian:13",
                Aliases = { "debian:trixie" },
                Title = "Debian 13 (trixie)",
                Arch = "x86_64",
                SizeBytes = 328 << 20,
                DefaultUser = "debian",
                Url = "https://a.example/13.qcow2",
                GuestAgent = GuestAgent.Absent,
                Latest = true,
                Catalog = "built-in",
                Pulled = pulled,
            },
            new CatalogImage { Name = "debian:12", Title = "Debian 12 (bookworm)" },
        },
    };
}
