using Qvmc.Core.CloudInit;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// User-data and network configurations as they are judged before a machine is made: never an exception, bounded work, a reason
/// of one bounded line; and what is refused stays refused with more text in a comment behind it.
/// </summary>
internal sealed class UserDataTarget : FuzzTarget
{
    private const int LongestReason = 2000;

    public override string Name => "user-data";

    public override IReadOnlyList<string> Words =>
        ["\n----\n", "#cloud-config\n", "#cloud-config-archive\n", "#!/bin/sh\n", "&a ", "*a", "<<: ", "? ", ": ", "- ", "[", "]", "{", "}", "!!binary ", "|\n ", "version: 2\n", "network:\n", "config: disabled", "---\n", "...\n", "\t", "%YAML 1.1\n", "packages: ", "ssh-ed25519 AAAA"];

    public override void Run(byte[] input)
    {
        var parts = Parts(input, 3);
        foreach (var spec in (CloudInit[])[new() { UserData = parts[0], NetworkConfig = parts[1] }, new() { UserData = "#cloud-config\n" + Text(input), NetworkConfig = Text(input), Packages = { "vim" } }])
        {
            spec.Hostname = parts[2];
            spec.Timezone = parts[2];
            spec.SshKeys.Add(parts[2]);
            spec.Packages.Add(parts[2]);
            foreach (var fault in CloudConfig.Check(spec))
            {
                Assert.StartsWith("spec.cloud_init.", fault.Field, StringComparison.Ordinal);
                Assert.InRange(fault.Message.Length, 1, LongestReason);
                Assert.DoesNotContain(fault.Message, c => char.IsControl(c));
            }
        }
    }
}
