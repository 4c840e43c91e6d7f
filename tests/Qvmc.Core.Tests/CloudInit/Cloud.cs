using Qvmc.Core.CloudInit;
using Qvmc.Core.Faults;
using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Core.Tests.CloudInit;

/// <summary>Short forms for one field.</summary>
internal static class Cloud
{
    internal static IReadOnlyList<FieldFault> Check(Spec? cloudInit) => CloudConfig.Check(cloudInit);

    internal static string? UserData(string text) => Message("spec.cloud_init.user_data", new Spec { UserData = text });

    internal static string? Network(string text) => Message("spec.cloud_init.network_config", new Spec { NetworkConfig = text });

    private static string? Message(string field, Spec cloudInit)
    {
        var faults = Check(cloudInit);
        Assert.True(faults.Count <= 1);
        Assert.All(faults, f => Assert.Equal(field, f.Field));
        return faults.Count == 0 ? null : faults[0].Message;
    }
}
