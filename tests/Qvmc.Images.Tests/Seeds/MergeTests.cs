using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Images.Tests.Seeds;

/// <summary>What the real cloud-init makes of the user's user-data and what is added beside it.</summary>
public sealed class MergeTests
{
    private const string Script = "#!/bin/sh\necho \"ünï 🦊\"\necho --qvmc-- \n";

    [CloudInitFact]
    public async Task Lists_are_joined_and_the_users_scalars_stand()
    {
        var guest = await GuestView.OfAsync(Beside("#cloud-config\npackages: [vim, [git, '1:2.39']]\ntimezone: Asia/Tokyo\nruncmd:\n- [touch, /ünï]\nlocale: C.UTF-8\n"));
        Assert.Equal("""["vim",["git","1:2.39"],"jq","g++"]""", guest.Config("packages"));
        Assert.Equal("\"Asia/Tokyo\"", guest.Config("timezone"));
        Assert.Equal("""[["touch","/\u00fcn\u00ef"]]""", guest.Config("runcmd"));
        Assert.Equal("\"C.UTF-8\"", guest.Config("locale"));
        Assert.Equal("", guest.Config("merge_how"));
        Assert.Equal((null, 0, 0), (guest.Complaint, guest.Warnings.Length, guest.ScriptNames.Length));
    }

    [CloudInitFact]
    public async Task What_the_user_does_not_say_is_added()
    {
        var guest = await GuestView.OfAsync(Beside("#cloud-config\nlocale: C.UTF-8\n"));
        Assert.Equal(("[\"jq\",\"g++\"]", "\"Europe/Berlin\"", "\"C.UTF-8\""), (guest.Config("packages"), guest.Config("timezone"), guest.Config("locale")));
    }

    [CloudInitFact]
    public async Task Without_user_data_the_addition_stands_alone()
    {
        var guest = await GuestView.OfAsync(Beside(""));
        Assert.StartsWith("#cloud-config\n{", guest.UserData, StringComparison.Ordinal);
        Assert.Equal(("[\"jq\",\"g++\"]", "\"Europe/Berlin\""), (guest.Config("packages"), guest.Config("timezone")));
        Assert.Equal((null, 0), (guest.Complaint, guest.Warnings.Length));
    }

    [CloudInitTheory]
    [InlineData("#cloud-config\npackages: [vim]\n")]
    [InlineData("#!/bin/sh\n")]
    [InlineData("")]
    public async Task Nothing_to_add_leaves_the_users_text_alone(string user)
    {
        var guest = await GuestView.OfAsync(new Spec { UserData = user, Hostname = "db.example.org", SshKeys = { "ssh-ed25519 AAAA me" } });
        Assert.Equal(user.Length > 0 ? user : "#cloud-config\n{}\n", guest.UserData);
        Assert.Equal(("abcdefghijkl", "db.example.org"), (guest.Id, guest.Hostname));
        Assert.Equal(["ssh-ed25519 AAAA me"], guest.Keys);
    }

    // Every kind of user-data has the same effect beside our part as it has alone.
    [CloudInitTheory]
    [InlineData("script", Script)]
    [InlineData("script without a line's end", "#!/bin/sh\necho end")]
    [InlineData("script with other lines' ends", "#!/bin/sh\r\necho 1\r\n\r\n")]
    [InlineData("script with spaces at its end", "#!/bin/sh\n  \n\n\n \t")]
    [InlineData("config", "#cloud-config\nwrite_files:\n- {path: /a, content: 'ünï 🦊 '}\nlocale: x\n")]
    [InlineData("config that speaks of MIME", "#cloud-config\n# MIME-Version: 1.0\nlocale: x\nwrite_files:\n- {path: /mail, content: \"MIME-Version: 1.0\"}\n")]
    [InlineData("comment", "#cloud-config\n# nothing\n")]
    [InlineData("template", "## template: jinja\n#cloud-config\nlocale: {{ v1.local_hostname }}\n")]
    [InlineData("template of a script", "## template: jinja\n#!/bin/sh\necho {{ v1.instance_id }}\n")]
    [InlineData("archive", "#cloud-config-archive\n- type: text/cloud-config\n  content: |\n    locale: x\n- |\n  #!/bin/sh\n  echo archived\n")]
    [InlineData("patch", "#cloud-config-jsonp\n[{\"op\": \"add\", \"path\": \"/locale\", \"value\": \"x\"}]\n")]
    [InlineData("message of several parts", "Content-Type: multipart/mixed; boundary=\"==\"\nMIME-Version: 1.0\n\n--==\nContent-Type: text/cloud-config\n\nlocale: x\n--==\nContent-Type: text/x-shellscript; charset=\"utf-8\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"mine.sh\"\n\nIyEvYmluL3NoCmVjaG8gw7wK\n--==--\n")]
    [InlineData("message from a mailbox", "From nobody Mon Nov 23 00:00:00 2026\r\nContent-Type: multipart/mixed; boundary=b\r\nMIME-Version: 1.0\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n#!/bin/sh\r\necho 1\r\n--b--\r\n")]
    [InlineData("message that does not end", "Mime-version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n#!/bin/sh\necho 1\n--b\nContent-Type: text/cloud-config\n\nlocale: x")]
    [InlineData("message of one part", "MIME-Version: 1.0\nContent-Type: text/cloud-config\nMerge-Type: dict(replace)+list(prepend)\n\nlocale: x\n")]
    [InlineData("message in messages", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n#!/bin/sh\necho in\n--b--\n--a--\n")]
    [InlineData("handler", "#part-handler\ndef list_types():\n    return ['text/qvmc']\ndef handle_part(data, ctype, filename, payload):\n    pass\n")]
    public async Task Any_kind_of_user_data_keeps_its_effect(string kind, string user)
    {
        var alone = await GuestView.OfAsync(new Spec { UserData = user });
        var guest = await GuestView.OfAsync(Beside(user), installAgent: true);
        Assert.Equal(alone.ScriptNames, guest.ScriptNames.Skip(1));
        Assert.All(alone.ScriptNames, name => Assert.Equal(alone.Script(name), guest.Script(name)));
        Assert.Equal((kind, alone.Config("locale"), alone.Config("write_files")), (kind, guest.Config("locale"), guest.Config("write_files")));
        Assert.Equal(alone.Warnings, guest.Warnings);
        Assert.Equal(("[\"jq\",\"g++\",\"qemu-guest-agent\"]", "\"Europe/Berlin\""), (guest.Config("packages"), guest.Config("timezone")));
    }

    [CloudInitFact]
    public async Task An_include_keeps_its_effect()
    {
        using var directory = new TestDirectory();
        File.WriteAllText(directory.File("more"), "#cloud-config\npackages: [vim]\ntimezone: UTC\n");
        var guest = await GuestView.OfAsync(Beside($"#include\nfile://{directory.File("more")}\n"));
        Assert.Equal(("[\"vim\",\"jq\",\"g++\"]", "\"UTC\""), (guest.Config("packages"), guest.Config("timezone")));
    }

    [CloudInitFact]
    public async Task A_boothook_is_run()
    {
        using var directory = new TestDirectory();
        await GuestView.OfAsync(Beside($"#cloud-boothook\n#!/bin/sh\necho hooked > {directory.File("mark")}\n"));
        Assert.Equal("hooked\n", File.ReadAllText(directory.File("mark")));
    }

    [CloudInitFact]
    public async Task A_large_text_of_long_lines_survives()
    {
        var user = "#!/bin/sh\n# " + string.Concat(Enumerable.Repeat("🦊", 60_000)) + "\n" + new string('x', 200_000);
        Assert.Equal(user, (await GuestView.OfAsync(Beside(user))).Script("part-001"));
    }

    [CloudInitFact]
    public async Task The_agent_is_installed_and_started_only_where_it_is_wanted()
    {
        var wanted = await GuestView.OfAsync(new Spec { UserData = Script }, installAgent: true);
        Assert.Equal("[\"qemu-guest-agent\"]", wanted.Config("packages"));
        Assert.Equal(["00-qvmc-guest-agent", "part-001"], wanted.ScriptNames);
        Assert.Equal(AdditionalConfig.StartAgent, wanted.Script("00-qvmc-guest-agent"));
        var unwanted = await GuestView.OfAsync(new Spec { UserData = Script, WithoutAgent = true }, installAgent: true);
        Assert.Equal(Script, unwanted.UserData);
    }

    private static Spec Beside(string user) => new() { UserData = user, Timezone = "Europe/Berlin", Packages = { "jq", "g++" } };
}
