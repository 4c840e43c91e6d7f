using System.Text;
using Qvmc.Core.Faults;
using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Core.CloudInit;

/// <summary>
/// Finds, before a machine is made, what cloud-init would ignore or stumble over at its first boot, where the user
/// could see it only on the console.
/// </summary>
public static class CloudConfig
{
    private const string Field = "spec.cloud_init";

    /// <summary>Every fault, in the order of the fields; none when it was not given.</summary>
    public static IReadOnlyList<FieldFault> Check(Spec? cloudInit)
    {
        if (cloudInit is null)
        {
            return [];
        }

        var faults = new List<FieldFault>();
        Add(faults, $"{Field}.user_data", TooLarge(cloudInit.UserData, CloudInitLimits.MaxUserDataBytes) ?? UserDataRules.Refuse(cloudInit.UserData));
        Add(faults, $"{Field}.network_config", TooLarge(cloudInit.NetworkConfig, CloudInitLimits.MaxNetworkConfigBytes) ?? NetworkConfigRules.Refuse(cloudInit.NetworkConfig));
        if (cloudInit.SshKeys.Count > CloudInitLimits.MaxSshKeys)
        {
            faults.Add(new FieldFault($"{Field}.ssh_keys", $"has {cloudInit.SshKeys.Count} keys; at most {CloudInitLimits.MaxSshKeys} are possible"));
        }

        for (var i = 0; i < Math.Min(cloudInit.SshKeys.Count, CloudInitLimits.MaxSshKeys); i++)
        {
            Add(faults, $"{Field}.ssh_keys[{i}]", SshKeyRules.Refuse(cloudInit.SshKeys[i]));
        }

        Add(faults, $"{Field}.hostname", HostnameRules.Refuse(cloudInit.Hostname));
        Add(faults, $"{Field}.timezone", TimezoneRules.Refuse(cloudInit.Timezone));
        CheckPackages(faults, cloudInit);
        return faults;
    }

    /// <summary>Whether cloud-init takes user-data for a MIME message, which may have parts of its own.</summary>
    public static bool IsMime(string userData) => UserDataRules.IsMime(userData);

    private static void CheckPackages(List<FieldFault> faults, Spec cloudInit)
    {
        var packages = cloudInit.Packages;
        if (packages.Count > CloudInitLimits.MaxPackages)
        {
            faults.Add(new FieldFault($"{Field}.packages", $"has {packages.Count} packages; at most {CloudInitLimits.MaxPackages} are possible"));
        }

        for (var i = 0; i < Math.Min(packages.Count, CloudInitLimits.MaxPackages); i++)
        {
            Add(faults, $"{Field}.packages[{i}]", PackageRules.Refuse(packages[i]));
        }

        if (packages.Count > 0)
        {
            Add(faults, $"{Field}.packages", UserDataRules.RefusePackagesBeside(cloudInit.UserData));
        }
    }

    private static string? TooLarge(string text, int limit)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes > limit ? $"has {bytes} bytes; at most {limit} are possible" : null;
    }

    private static void Add(List<FieldFault> faults, string field, string? message)
    {
        if (message is not null)
        {
            faults.Add(new FieldFault(field, message));
        }
    }
}
