using System.Text;
using CsCheck;
using Qvmc.Qemu.Guest;

namespace Qvmc.Qemu.Tests.Guest;

/// <summary>Files as cloud-init 22.4, 24 and 25 write them, and as only a hostile guest does.</summary>
public sealed class CloudInitFilesTests
{
    private const string Clean = """{"v1": {"datasource": "DataSourceNoCloud [seed=/dev/sr0][dsmode=net]", "errors": []}}""";

    [Fact]
    public void A_clean_run_of_22_4_is_done()
    {
        const string status =
            """
            {
             "v1": {
              "datasource": "DataSourceNoCloud [seed=/dev/sr0][dsmode=net]",
              "init": {"errors": [], "finished": 1763899200.5, "start": 1763899199.9},
              "init-local": {"errors": [], "finished": 1763899198.2, "start": 1763899197.1},
              "modules-config": {"errors": [], "finished": 1763899203.0, "start": 1763899202.0},
              "modules-final": {"errors": [], "finished": 1763899210.1, "start": 1763899204.4},
              "modules-init": {"errors": [], "finished": null, "start": null},
              "stage": null
             }
            }
            """;
        Assert.Equal(new CloudInitReport("Done", ""), Ended(Clean, status));
    }

    [Theory]
    [InlineData("""('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))""", "scripts_user (modules-final): Runparts: 1 failures (runcmd) in 1 attempted commands")]
    [InlineData("""('scripts-user', RuntimeError('Runparts: 1 failures (part-002) in 1 attempted commands',))""", "scripts-user (modules-final): Runparts: 1 failures (part-002) in 1 attempted commands")]
    [InlineData("""('package_update_upgrade_install', ProcessExecutionError(\"Unexpected error while running command.\\nCommand: ['apt-get', 'install', 'nosuch']\\nExit code: 100\"))""", "package_update_upgrade_install (modules-final): Unexpected error while running command. Command: ['apt-get', 'install', 'nosuch'] Exit code: 100")]
    [InlineData("""('locale', KeyError())""", "locale (modules-final):")]
    [InlineData("Unknown network config version: None", "modules-final: Unknown network config version: None")]
    public void An_error_names_module_and_stage(string error, string message)
    {
        var result = $$$"""{"v1": {"datasource": "DataSourceNoCloud", "errors": ["{{{error}}}"]}}""";
        var status = $$$"""{"v1": {"datasource": "DataSourceNoCloud", "modules-final": {"errors": ["{{{error}}}"], "finished": 2.5, "start": 1.5}, "stage": null}}""";
        Assert.Equal(new CloudInitReport("Error", message), Ended(result, status));
        Assert.Equal(new CloudInitReport("Error", message.Replace(" (modules-final)", "", StringComparison.Ordinal).Replace("modules-final: ", "", StringComparison.Ordinal)), Ended(result, ""));
    }

    [Fact]
    public void Recoverable_errors_of_later_versions_are_told_and_no_failure()
    {
        const string status =
            """
            {"v1": {"datasource": "DataSourceNoCloud", "stage": null,
              "init": {"errors": [], "finished": 1.5, "start": 1.0, "recoverable_errors": {"WARNING": ["Failed to rename devices: x\ny"]}},
              "modules-config": {"errors": [], "finished": 2.5, "start": 2.0, "recoverable_errors": {}},
              "modules-final": {"errors": [], "finished": 3.5, "start": 3.0, "recoverable_errors": {"DEPRECATED": ["The value of 'false' in user is deprecated."], "WARNING": ["a", "b"]}}}}
            """;
        Assert.Equal(
            new CloudInitReport("Done", "WARNING: Failed to rename devices: x y; DEPRECATED: The value of 'false' in user is deprecated.; WARNING: a; and 1 more"),
            Ended(Clean, status));
    }

    [Fact]
    public void A_stage_that_was_killed_is_an_error_though_the_last_one_ended()
    {
        const string status =
            """
            {"v1": {"datasource": "DataSourceNoCloud", "stage": null, "init": {"errors": [], "finished": 1.5, "start": 1.0},
              "modules-config": {"errors": [], "finished": null, "start": 2.0}, "modules-final": {"errors": [], "finished": 3.5, "start": 3.0}}}
            """;
        Assert.Equal(new CloudInitReport("Error", "modules-config: it began and did not come to its end"), Ended(Clean, status));
    }

    [Fact]
    public void An_error_beside_warnings_is_an_error()
    {
        const string errors = """["Unknown network config version: None"]""";
        const string status = $$$"""{"v1": {"init-local": {"errors": {{{errors}}}, "recoverable_errors": {"WARNING": ["failed stage init-local"]} } } }""";
        Assert.Equal(new CloudInitReport("Error", "init-local: Unknown network config version: None"), Ended($$$"""{"v1": {"errors": {{{errors}}}}}""", status));
    }

    [Theory]
    [InlineData("""{"v1": {"datasource": null, "init-local": {"errors": [], "finished": null, "start": 1.5}, "stage": "init-local"}}""", "stage init-local")]
    [InlineData("""{"v1": {"stage": null}}""", "between two stages")]
    [InlineData("", "stage not known")]
    [InlineData("""{"v1": {"stage": "a\u001bb\u202ec\n"}}""", "stage a b c")]
    [InlineData("""{"v1": []}""", "stage not known")]
    [InlineData("{", "stage not known")]
    public void Until_there_is_a_result_it_works(string status, string message) =>
        Assert.Equal(new CloudInitReport("Running", message), CloudInitFiles.Working(Encoding.UTF8.GetBytes(status)));

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"v2": {}}""")]
    [InlineData("""{"v1": "x"}""")]
    public void A_result_that_is_none_is_an_error(string result) =>
        Assert.Equal(new CloudInitReport("Error", "its result.json is not what cloud-init writes"), Ended(result, ""));

    [Theory]
    [InlineData("""{"v1": {"errors": "x"}}""")]
    [InlineData("""{"v1": {"errors": [1, null, {}]}}""")]
    [InlineData("""{"v1": {"errors": {"a": "b"}}}""")]
    public void What_is_of_another_type_is_passed_over(string json) => Assert.Equal("Done", Ended(json, json).Reason);

    [Fact]
    public void What_is_told_is_bounded_and_can_not_drive_a_terminal()
    {
        var fox = string.Concat(Enumerable.Repeat("🦊", 5000));
        var many = Ended($$$"""{"v1": {"errors": ["{{{fox}}}", "\u001b]0;x\u0007\u202e{{{fox}}}", "\udc80{{{fox}}}", "d"]}}""", "");
        Assert.Equal("Error", many.Reason);
        Assert.InRange(many.Message.Length, 300, 1024);
        Assert.EndsWith("; and 1 more", many.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(many.Message, c => char.IsControl(c) || c == '\u202e');
        Assert.Equal(many.Message, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(many.Message)));
        var deep = $$$"""{"v1": {"errors": {{{new string('[', 100)}}}{{{new string(']', 100)}}}}}""";
        Assert.Equal("Error", Ended(deep, "").Reason);
    }

    [Fact]
    public void No_bytes_make_it_throw() =>
        Gen.OneOf(Gen.OneOf("{\"v1\":", "{", "}", "[", "]", "\"errors\":", "\"stage\":", "\"modules-final\":", "\"recoverable_errors\":", "\"\\ud800\"", ":", ",", "\"WARNING\"", "null", "1", "\"x\"", "('a', B('c'))").Select(Encoding.UTF8.GetBytes), Gen.Byte.Array[0, 4])
            .Array[0, 20]
            .Select(pieces => pieces.SelectMany(p => p).ToArray())
            .Sample(
                bytes =>
                {
                    CloudInitFiles.Ended(bytes, bytes);
                    CloudInitFiles.Working(bytes);
                },
                iter: 20_000);

    private static CloudInitReport Ended(string result, string status) => CloudInitFiles.Ended(Encoding.UTF8.GetBytes(result), Encoding.UTF8.GetBytes(status));
}
