using Qvmc.Hosting.Settings;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Gateway.Tests;

public sealed class GatewaySettingsRulesTests
{
    [Fact]
    public void The_example_is_good()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, SettingsFile.Example<GatewaySettings>());
            SettingsFile.Load<GatewaySettings>(file, GatewaySettingsRules.Check);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Every_fault_is_found()
    {
        var settings = new GatewaySettings
        {
            Listen = new Endpoint { Address = "http://0.0.0.0:80" },
            Log = new Log { Level = "loud" },
            MaxBodyKib = uint.MaxValue,
            MaxCalls = uint.MaxValue,
            MaxUploadGib = uint.MaxValue,
            AllowedOrigins = { "https://a.example", "https://a.example/", "*", "https://a.example:443", "https://A.example", "null" },
        };

        Assert.Equal(
            ["listen.address", "controller", "log.level", "max_body_kib", "max_upload_gib", "max_calls", "allowed_origins[1]", "allowed_origins[2]", "allowed_origins[3]", "allowed_origins[4]", "allowed_origins[5]"],
            GatewaySettingsRules.Check(settings).Select(f => f.Field));
    }
}
