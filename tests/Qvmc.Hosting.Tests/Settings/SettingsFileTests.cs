using Google.Protobuf;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Settings;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Settings;

public sealed class SettingsFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("qvmc-settings-").FullName, "s.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Reads_comments_both_spellings_and_enum_names()
    {
        var settings = Load<QemuSettings>("""
            {
              // Where to listen.
              "listen": {"address": "unix:///run/q.sock", "socketMode": "0660"},
              "state_directory": "/var/lib/q", "runDirectory": "/run/q",
              "accelerator": "ACCELERATOR_KVM", "stop_grace": "1.5s", "metrics": null,
              "networks": [{"name": "a", "user": {"isolated": true}}]
            }
            """);

        Assert.Equal("0660", settings.Listen.SocketMode);
        Assert.Equal("/run/q", settings.RunDirectory);
        Assert.Equal(Accelerator.Kvm, settings.Accelerator);
        Assert.Equal(TimeSpan.FromSeconds(1.5), settings.StopGrace.ToTimeSpan());
        Assert.Null(settings.Metrics);
        Assert.True(settings.Networks[0].User.Isolated);
    }

    [Theory]
    [InlineData("{\n  \"listn\": {}\n}", "2:3: listn", "did you mean \"listen\"?")]
    [InlineData("{\"xyzzy\": 1}", "1:2: xyzzy", "here can be \"listen\", ")]
    [InlineData("{\"run_directory\": \"/a\",\n\"runDirectory\": \"/b\"}", "2:1: runDirectory", "given twice, first as \"run_directory\" on line 1")]
    [InlineData("{\"run_directory\": \"/a\", \"run_directory\": \"/b\"}", "1:25: run_directory", "given twice, first on line 1")]
    [InlineData("{\"listen\": \"unix:///a\"}", "1:12: listen", "wants an object; got \"unix:///a\"")]
    [InlineData("{\"networks\": {}}", "1:14: networks", "wants a list; got an object")]
    [InlineData("{\"networks\": [{\"name\": 7}]}", "1:24: networks[0].name", "wants a string; got 7")]
    [InlineData("{\"networks\": [null]}", "1:15: networks[0]", "wants an object; got null")]
    [InlineData("{\"tcg_cache_mib\": -1}", "1:19: tcg_cache_mib", "wants a whole number from 0 to 4294967295; got -1")]
    [InlineData("{\"tcg_cache_mib\": 1.5}", "1:19: tcg_cache_mib", "got 1.5")]
    [InlineData("{\"tcg_cache_mib\": true}", "1:19: tcg_cache_mib", "got true")]
    [InlineData("{\"stop_grace\": \"soon\"}", "1:16: stop_grace", "seconds in a string, such as \"30s\"")]
    [InlineData("{\"accelerator\": \"KVM\"}", "1:17: accelerator", "wants one of ACCELERATOR_UNSPECIFIED, ACCELERATOR_AUTO, ")]
    [InlineData("{\"accelerator\": 77}", "1:17: accelerator", "got 77")]
    public void Names_the_place_and_the_remedy(string json, string place, string message)
    {
        var fault = Assert.Single(Refused<QemuSettings>(json).Fields);

        Assert.Equal($"{_file}:{place}", fault.Field);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n\"a\": 1,\n}", ":3:1")]
    [InlineData("{\"listen\": {}", ":1:14")]
    [InlineData("", ":1:1")]
    [InlineData("{} {}", ":1:4")]
    [InlineData("{'a': 1}", ":1:2")]
    [InlineData("{\"node_name\": \"\\ud800\"}", ":1:15")]
    public void Places_faults_of_syntax(string json, string place)
    {
        Assert.Equal(_file + place, Assert.Single(Refused<QemuSettings>(json).Fields).Field);
    }

    [Fact]
    public void Refuses_text_that_is_not_utf8()
    {
        File.WriteAllBytes(_file, [.. "{\n\"node_name\": \""u8, 0xff, .. "\"}"u8]);

        var fault = Assert.Single(Assert.Throws<FaultException>(() => SettingsFile.Load<QemuSettings>(_file, _ => [])).Fields);

        Assert.Equal($"{_file}:2:15", fault.Field);
    }

    [Fact]
    public void Tells_every_fault_at_once()
    {
        var fault = Refused<ControllerSettings>("{\"a\": 1, \"nodes\": [{\"name\": 1}, {\"endpoint\": {\"address\": 2}}], \"defaults\": {\"cpus\": \"many\"}}");

        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Equal(4, fault.Fields.Count);
    }

    [Fact]
    public void Places_what_rules_find_in_the_file_s_own_spelling()
    {
        File.WriteAllText(_file, "{\"nodes\": [\n {\"name\": \"Bad\"}],\n \"stateDirectory\": \"x\"}");

        var fault = Assert.Throws<FaultException>(() => SettingsFile.Load<ControllerSettings>(_file, _ =>
            [new FieldFault("nodes[0].name", "bad"), new FieldFault("state_directory", "bad"), new FieldFault("nodes[0].endpoint.address", "is required"), new FieldFault("listen", "is required")]));

        Assert.Equal(
            [$"{_file}:2:11: nodes[0].name", $"{_file}:3:20: stateDirectory", $"{_file}:2:2: nodes[0].endpoint.address", $"{_file}: listen"],
            fault.Fields.Select(f => f.Field));
    }

    [Fact]
    public void Paths_of_keys_are_beside_the_file()
    {
        var settings = Load<ControllerSettings>("""{"listen": {"tls": {"certificate": "c.pem", "private_key": "/k.pem"}}, "nodes": [{"endpoint": {"tls": {"client_ca": "ca.pem"}}}]}""");

        Assert.Equal(Path.Combine(SettingsFile.DirectoryOf(_file), "c.pem"), settings.Listen.Tls.Certificate);
        Assert.Equal("/k.pem", settings.Listen.Tls.PrivateKey);
        Assert.Equal("", settings.Listen.Tls.ClientCa);
        Assert.Equal(Path.Combine(SettingsFile.DirectoryOf(_file), "ca.pem"), settings.Nodes[0].Endpoint.Tls.ClientCa);
    }

    [Fact]
    public void Says_that_there_is_no_file() =>
        Assert.Equal(FaultCode.NotFound, Assert.Throws<FaultException>(() => SettingsFile.Load<QemuSettings>(_file, _ => [])).Code);

    [Fact]
    public void Examples_load_and_explain_every_field()
    {
        CheckExample<QemuSettings>();
        CheckExample<ControllerSettings>();
        CheckExample<GatewaySettings>();
        Assert.Contains("\n  // What runs the guests. Unset: AUTO.\n  // One of ACCELERATOR_UNSPECIFIED, ", SettingsFile.Example<QemuSettings>(), StringComparison.Ordinal);
    }

    private void CheckExample<T>()
        where T : IMessage<T>, new()
    {
        var example = SettingsFile.Example<T>();
        Load<T>(example);
        var lines = example.Split('\n').Select(line => line.Trim()).ToList();
        foreach (var field in new T().Descriptor.Fields.InDeclarationOrder())
        {
            var at = lines.FindIndex(line => line.StartsWith($"\"{field.Name}\": ", StringComparison.Ordinal));
            Assert.StartsWith("// ", lines[at - 1], StringComparison.Ordinal);
        }
    }

    private T Load<T>(string json)
        where T : IMessage<T>, new()
    {
        File.WriteAllText(_file, json);
        return SettingsFile.Load<T>(_file, _ => []);
    }

    private FaultException Refused<T>(string json)
        where T : IMessage<T>, new() => Assert.Throws<FaultException>(() => Load<T>(json));
}
