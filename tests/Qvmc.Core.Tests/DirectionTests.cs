using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Qvmc.Core.Tests;

/// <summary>Holds the directions in which projects may refer to one another.</summary>
public sealed class DirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Qvmc.Protos"] = [],
        ["Qvmc.Os"] = [],
        ["Qvmc.Qmp"] = [],
        ["Qvmc.Core"] = ["Qvmc.Protos"],
        ["Qvmc.Store"] = ["Qvmc.Core", "Qvmc.Os"],
        ["Qvmc.Images"] = ["Qvmc.Core", "Qvmc.Os"],
        ["Qvmc.Hosting"] = ["Qvmc.Core"],
        ["Qvmc.Qemu"] = ["Qvmc.Core", "Qvmc.Hosting", "Qvmc.Images", "Qvmc.Os", "Qvmc.Qmp"],
        ["Qvmc.Controller"] = ["Qvmc.Core", "Qvmc.Hosting", "Qvmc.Images", "Qvmc.Store"],
        ["Qvmc.Gateway"] = ["Qvmc.Core", "Qvmc.Hosting"],
        ["Qvmc.Cli"] = ["Qvmc.Controller", "Qvmc.Gateway", "Qvmc.Qemu"],
    };

    [Fact]
    public void ProjectsReferOnlyDownwards()
    {
        var projects = Directory.EnumerateFiles(Source(), "*.csproj", SearchOption.AllDirectories).ToList();
        Assert.Equal(Allowed.Keys.Order(), projects.Select(p => Path.GetFileNameWithoutExtension(p)).Order());
        Assert.All(projects, project =>
        {
            var references = XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
            Assert.Empty(references.Except(Allowed[Path.GetFileNameWithoutExtension(project)]));
        });
    }

    [Fact]
    public void OnlyOneProjectCallsIntoLibC()
    {
        var offenders = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/Qvmc.Os/", StringComparison.Ordinal))
            .Where(f => File.ReadAllText(f) is var text && (text.Contains("[LibraryImport", StringComparison.Ordinal) || text.Contains("[DllImport", StringComparison.Ordinal)));
        Assert.Empty(offenders);
    }

    private static string Source([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "src"));
}
