using Google.Protobuf;
using Qvmc.Controller;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Gateway;
using Qvmc.Hosting.Settings;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Configurations of each daemon: refused as an invalid argument with faults that have a place in the file, or the same when
/// written and read again.
/// </summary>
internal sealed class SettingsTarget : FuzzTarget
{
    public override string Name => "settings";

    public override int MaxLength => 16 << 10;

    public override IReadOnlyList<string> Words =>
        ["{", "}", "[", "]", ",", ":", "// x\n", "/* */", "null", "true", "1e9", "-1", "\"listen\": {\"address\": \"unix:///a\"}", "\"networks\": [{\"name\": \"n\", \"bridge\": {}}]", "\"10.0.0.0/8\"", "\"fd00::/64\"", "\"1.5s\"", "\"stopGrace\"", "\"stop_grace\"", "\\ud800", "\"nodes\": []"];

    // Three times, and every fault is compared with all names there are.
    public override long MaxSteps(int length) => 500_000 + (2000L * length);

    // Every fault names what could have been meant.
    public override long MaxAllocated(int length) => (16L << 20) + (20_000L * length);

    public override void Run(byte[] input)
    {
        Read<QemuSettings>(input, QemuSettingsRules.Check);
        Read<ControllerSettings>(input, ControllerSettingsRules.Check);
        Read<GatewaySettings>(input, GatewaySettingsRules.Check);
    }

    private static void Read<T>(byte[] input, Func<T, IReadOnlyList<FieldFault>> rules)
        where T : class, IMessage<T>, new()
    {
        try
        {
            var settings = ProtoDocument.Read<T>("s", input, allowComments: true, given =>
            {
                SettingsPaths.Resolve(given, "/etc/qvmc");
                return rules(given);
            });
            var again = ProtoDocument.Read<T>("s", System.Text.Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(settings)), allowComments: false, rules);
            Assert.Equal(settings, again);
        }
        catch (FaultException e)
        {
            Assert.Equal(FaultCode.InvalidArgument, e.Code);
            Assert.NotEmpty(e.Fields);
            Assert.All(e.Fields, field => Assert.StartsWith("s:", field.Field, StringComparison.Ordinal));
        }
    }
}
