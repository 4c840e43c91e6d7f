using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

public sealed class MachinePlanTests
{
    private static readonly MachineView Down = new()
    {
        Doing = Doing.Nothing,
        Processors = null,
        Wanted = PowerState.Stopped,
        WantedBoot = 0,
        LastBoot = 0,
    };

    private static readonly MachineView Up = Down with
    {
        Processors = Processors.Running,
        Wanted = PowerState.Running,
        WantedBoot = 1,
        LastBoot = 1,
    };

    [Fact]
    public void AnOrderToRunStartsIt() => Expect(MachineStep.Start, Down with { Wanted = PowerState.Running, WantedBoot = 1 });

    [Fact]
    public void AnOrderToStandStillStartsItToo() => Expect(MachineStep.Start, Down with { Wanted = PowerState.Paused, WantedBoot = 1 });

    [Fact]
    public void ARepeatedOrderDoesNotRaiseAGuestThatShutItselfDown() =>
        Expect(MachineStep.None, Down with { Wanted = PowerState.Running, WantedBoot = 3, LastBoot = 3 });

    [Fact]
    public void WhatRunsIsLeftAlone() => Expect(MachineStep.None, Up);

    [Fact]
    public void AnOrderToStopStopsIt() => Expect(MachineStep.Stop, Up with { Wanted = PowerState.Stopped });

    [Fact]
    public void TheNextBootEndsTheRunFirst() => Expect(MachineStep.Stop, Up with { WantedBoot = 2 });

    [Fact]
    public void AGuestThatShutItselfDownIsEnded() => Expect(MachineStep.Stop, Up with { Processors = Processors.Halted });

    [Fact]
    public void ASilentMonitorIsNoReasonToEndAMachine() => Expect(MachineStep.None, Up with { Processors = Processors.Silent });

    [Fact]
    public void ASilentMonitorKeepsNobodyFromStoppingIt() =>
        Expect(MachineStep.Stop, Up with { Processors = Processors.Silent, Wanted = PowerState.Stopped });

    [Fact]
    public void DisksChangeWhileItRunsOrStandsStill()
    {
        Expect(MachineStep.Change, Up with { ChangeDue = true });
        Expect(MachineStep.Change, Up with { ChangeDue = true, Processors = Processors.Paused, Wanted = PowerState.Paused });
        Expect(MachineStep.None, Up with { ChangeDue = true, Processors = Processors.Silent });
        Expect(MachineStep.None, Down with { ChangeDue = true });
        Expect(MachineStep.None, Up with { ChangeDue = true, Ending = true });
        Expect(MachineStep.None, Up with { ChangeDue = true, Doing = Doing.Stopping });
    }

    [Fact]
    public void AChangeGivesWayToAnEnd()
    {
        var changing = Up with { Doing = Doing.Changing, ChangeDue = true };
        Expect(MachineStep.None, changing);
        Expect(MachineStep.Pause, changing with { Wanted = PowerState.Paused });
        Expect(MachineStep.CancelChange, changing with { Wanted = PowerState.Stopped });
        Expect(MachineStep.CancelChange, changing with { WantedBoot = 2 });
        Expect(MachineStep.CancelChange, changing with { Removing = true });
        Expect(MachineStep.CancelChange, changing with { Ending = true });
        Expect(MachineStep.CancelChange, changing with { Processors = Processors.Halted });
        Expect(MachineStep.CancelChange, changing with { Processors = null });
    }

    [Fact]
    public void PausesAndResumes()
    {
        Expect(MachineStep.Pause, Up with { Wanted = PowerState.Paused });
        Expect(MachineStep.Resume, Up with { Processors = Processors.Paused });
    }

    [Fact]
    public void DoesNotResumeIntoTrouble() => Expect(MachineStep.None, Up with { Processors = Processors.Paused, InTrouble = true });

    [Fact]
    public void AStopBreaksOffAStart()
    {
        Expect(MachineStep.CancelStart, Up with { Doing = Doing.Starting, Processors = null, Wanted = PowerState.Stopped });
        Expect(MachineStep.CancelStart, Up with { Doing = Doing.Starting, Processors = null, Removing = true });
        Expect(MachineStep.None, Up with { Doing = Doing.Starting, Processors = null });
    }

    [Fact]
    public void AForceHastensAStop()
    {
        var stopping = Up with { Doing = Doing.Stopping, Wanted = PowerState.Stopped };
        Expect(MachineStep.None, stopping);
        Expect(MachineStep.HastenStop, stopping with { Force = true });
        Expect(MachineStep.HastenStop, stopping with { Removing = true });
    }

    [Fact]
    public void AStartDuringAStopWaitsForItsEnd()
    {
        var stopping = Up with { Doing = Doing.Stopping, WantedBoot = 2 };
        Expect(MachineStep.None, stopping);
        Expect(MachineStep.Start, stopping with { Doing = Doing.Nothing, Processors = null });
    }

    [Fact]
    public void RemovalEndsThenRemoves()
    {
        Expect(MachineStep.Stop, Up with { Removing = true });
        Expect(MachineStep.Remove, Down with { Removing = true, Wanted = PowerState.Running, WantedBoot = 9 });
    }

    [Fact]
    public void AnEndingDaemonBeginsNothingAndBreaksOffStarts()
    {
        Expect(MachineStep.None, Down with { Wanted = PowerState.Running, WantedBoot = 1, Ending = true });
        Expect(MachineStep.None, Up with { Wanted = PowerState.Stopped, Ending = true });
        Expect(MachineStep.CancelStart, Up with { Doing = Doing.Starting, Processors = null, Ending = true });
    }

    private static void Expect(MachineStep step, MachineView view) => Assert.Equal(step, MachinePlan.Next(view));
}
