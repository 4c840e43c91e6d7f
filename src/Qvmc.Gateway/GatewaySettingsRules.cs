using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Gateway;

/// <summary>What must hold of the gateway's settings, and what those that are left out mean.</summary>
public static class GatewaySettingsRules
{
    private const uint DefaultBodyKib = 1024;
    private const uint MostBodyKib = 64 << 10;
    private const uint DefaultUploadGib = 1024;
    private const uint MostUploadGib = 1 << 20;

    /// <summary>Checks the settings.</summary>
    public static IReadOnlyList<FieldFault> Check(GatewaySettings settings)
    {
        var faults = new List<FieldFault>();
        faults.AddRange(EndpointRules.Check(settings.Listen, "listen"));
        faults.AddRange(EndpointRules.Check(settings.Controller, "controller", EndpointUse.Connect));
        faults.AddRange(DaemonLog.Check(settings.Log, "log"));
        CheckMost(settings.MaxBodyKib, MostBodyKib, "max_body_kib", faults);
        CheckMost(settings.MaxUploadGib, MostUploadGib, "max_upload_gib", faults);
        CheckMost(settings.MaxCalls, ConcurrentCalls.Most, "max_calls", faults);
        for (var i = 0; i < settings.AllowedOrigins.Count; i++)
        {
            if (!IsOrigin(settings.AllowedOrigins[i]))
            {
                faults.Add(new FieldFault($"allowed_origins[{i}]", $"wants scheme, host and port as browsers send them, such as \"https://console.example.com\" or \"http://localhost:3000\"; got \"{settings.AllowedOrigins[i]}\""));
            }
        }
        return faults;
    }

    /// <summary>Largest JSON body in bytes.</summary>
    internal static long MaxBodyBytes(GatewaySettings settings) => (long)(settings.MaxBodyKib == 0 ? DefaultBodyKib : settings.MaxBodyKib) << 10;

    /// <summary>Largest upload in bytes.</summary>
    internal static long MaxUploadBytes(GatewaySettings settings) => (long)(settings.MaxUploadGib == 0 ? DefaultUploadGib : settings.MaxUploadGib) << 30;

    private static void CheckMost(uint value, uint most, string field, List<FieldFault> faults)
    {
        if (value > most)
        {
            faults.Add(new FieldFault(field, $"wants at most {most}; got {value}"));
        }
    }

    // An origin is compared as text, so it must be written as browsers do: no path, no default port, lower case.
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text && uri.UserInfo.Length == 0;
}
