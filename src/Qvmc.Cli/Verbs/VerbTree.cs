using System.CommandLine;
using System.CommandLine.Help;
using Qvmc.Cli.Daemons;
using Qvmc.Cli.Recovery;
using Qvmc.Controller;
using Qvmc.Gateway;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu;

namespace Qvmc.Cli.Verbs;

/// <summary>All verbs, in the order that the help shows them.</summary>
internal static class VerbTree
{
    /// <summary>Makes the tree.</summary>
    public static RootCommand Create(VerbContext context)
    {
        var root = new RootCommand("Runs and manages QEMU virtual machines.")
        {
            LaunchVerb.Create(context),
            StartVerb.Create(context),
            StopVerb.Create(context),
            RestartVerb.Create(context),
            PauseVerb.Create(context),
            ResumeVerb.Create(context),
            ListVerb.Create(context),
            InfoVerb.Create(context),
            UpdateVerb.Create(context),
            DiskVerb.Create(context),
            CdromVerb.Create(context),
            NicVerb.Create(context),
            ForwardVerb.Create(context),
            ExportVerb.Create(context),
            DeleteVerb.Create(context),
            WaitVerb.Create(context),
            WatchVerb.Create(context),
            ExecVerb.Create(context),
            ConsoleVerb.Create(context),
            ImageVerb.Create(context),
            NetworkVerb.Create(context),
            NodeVerb.Create(context),
            DoctorVerb.Create(context),
            RecoverVerb.Create(context),
            UpVerb.Create(context),
            DaemonVerb.Create<QemuSettings>(context, "qemu", "Run the daemon that runs machines on this host", QemuSettingsRules.Check, QemuDaemon.Create),
            DaemonVerb.Create<ControllerSettings>(context, "controller", "Run the daemon that owns the records of instances", ControllerSettingsRules.Check, ControllerDaemon.Create),
            DaemonVerb.Create<GatewaySettings>(context, "gateway", "Run the daemon that serves HTTP", GatewaySettingsRules.Check, GatewayDaemon.Create),
            ConfigVerb.Create(context),
            CompletionVerb.Create(context),
            VersionVerb.Create(context),
        };
        root.SetAction(parse => new HelpAction().Invoke(parse));
        foreach (var option in root.Options.OfType<VersionOption>())
        {
            option.Action = new VersionAction(context.Terminal);
        }

        return root;
    }
}
