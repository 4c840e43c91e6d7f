using Qvmc.Cli.Instances;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Instances;

public sealed class StageTextTests
{
    [Fact]
    public void An_agent_that_has_answered_and_is_silent_now_is_no_boot()
    {
        var instance = Samples.At("web1", State.Running);
        instance.Status.Conditions.Add(new Condition { Type = ConditionType.Ready, Reason = StatusReasons.AgentSilent });
        Assert.Equal(("running; the guest agent is silent", "silent"), (StageText.Phrase(instance), StageText.Word(instance)));
        instance.Status.Stage = Stage.Booting;
        Assert.Equal(("booting; waiting for the guest agent", "booting"), (StageText.Phrase(instance), StageText.Word(instance)));
    }

    [Fact]
    public void Who_does_not_answer_is_named()
    {
        var instance = Samples.At("web1", State.Unknown);
        instance.Status.Reason = "HostUnreachable";
        Assert.Equal("its host can't be reached", StageText.Phrase(instance));
        instance.Status.Reason = StatusReasons.MonitorSilent;
        Assert.Equal("its QEMU does not answer", StageText.Phrase(instance));
    }
}
