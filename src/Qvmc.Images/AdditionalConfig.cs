using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Images;

/// <summary>
/// What a guest is told beside its user's user-data, as cloud-config and as a script of its own.
/// </summary>
/// <remarks>
/// The part says itself how cloud-init is to merge it into what came before (cloudinit/mergers): lists are joined, and of
/// everything else what is there stands. The agent is started by a script and not by "runcmd": joined to the user's
/// commands it would be the last of them, whose success hides that one of theirs has failed.
/// </remarks>
internal static class AdditionalConfig
{
    internal const string AgentPackage = "qemu-guest-agent";

    /// <summary>Starts the agent, and installs it where one package that can't be had has kept all from being installed.</summary>
    internal const string StartAgent =
        """
        #!/bin/sh
        # Starts the QEMU guest agent, which this image came without.
        export DEBIAN_FRONTEND=noninteractive
        if ! command -v qemu-ga >/dev/null; then
            for install in "apt-get -y install" "dnf -y install" "yum -y install" "zypper -n install" "apk add" "pacman -S --noconfirm"; do
                if command -v "${install%% *}" >/dev/null; then
                    $install qemu-guest-agent
                    break
                fi
            done
        fi
        if command -v systemctl >/dev/null; then
            # Where the device itself starts it, there is nothing to enable.
            systemctl enable qemu-guest-agent
            systemctl start qemu-guest-agent
        elif command -v rc-service >/dev/null; then
            rc-update add qemu-guest-agent
            rc-service qemu-guest-agent start
        else
            service qemu-guest-agent start
        fi

        """;

    /// <summary>The cloud-config, or null when there is nothing to add. JSON is YAML too, and needs no own writer.</summary>
    internal static string? CloudConfig(CloudInit cloudInit, bool installAgent)
    {
        string[] packages = installAgent ? [.. cloudInit.Packages, AgentPackage] : [.. cloudInit.Packages];
        if (cloudInit.Timezone.Length == 0 && packages.Length == 0)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMerging(json);
            if (cloudInit.Timezone.Length > 0)
            {
                json.WriteString("timezone", cloudInit.Timezone);
            }

            if (packages.Length > 0)
            {
                json.WriteStartArray("packages");
                Array.ForEach(packages, json.WriteStringValue);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return $"#cloud-config\n{Encoding.UTF8.GetString(bytes.ToArray())}\n";
    }

    private static void WriteMerging(Utf8JsonWriter json)
    {
        json.WriteStartArray("merge_how");
        foreach (var (name, settings) in new (string, string[])[] { ("list", ["append"]), ("dict", ["no_replace", "recurse_list"]) })
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartArray("settings");
            Array.ForEach(settings, json.WriteStringValue);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
