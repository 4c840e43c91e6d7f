using System.Runtime.InteropServices;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Host;

namespace Qvmc.Qemu.Tests.Host;

public sealed class AcceleratorChoiceTests : IDisposable
{
    private static readonly KvmState Works = new(Obstacle: null);
    private static readonly KvmState Fails = new("the processor has neither vmx nor svm");
    private readonly string _cpuInfo = Path.GetTempFileName();

    public void Dispose() => File.Delete(_cpuInfo);

    [Fact]
    public void AutoTakesWhatReallyWorks()
    {
        Assert.Equal(Accelerator.Kvm, Make(Accelerator.Auto, Works).Accelerator);
        var emulated = Make(Accelerator.Auto, Fails);
        Assert.Equal(Accelerator.Tcg, emulated.Accelerator);
        Assert.Contains("neither vmx nor svm", emulated.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void ADemandThatCannotBeMetIsRefused()
    {
        var fault = Assert.Throws<FaultException>(() => Make(Accelerator.Kvm, Fails));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("neither vmx nor svm", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OnMacOSItIsHvfOrNothing()
    {
        var mac = new QemuTarget(Architecture.Arm64, Architecture.Arm64, OnMacOS: true);
        Assert.Equal(Accelerator.Hvf, AcceleratorChoice.Make(Accelerator.Auto, mac, Fails, new HvfState(Obstacle: null)).Accelerator);
        var emulated = AcceleratorChoice.Make(Accelerator.Auto, mac, Fails, new HvfState("kern.hv_support is not 1"));
        Assert.Equal(Accelerator.Tcg, emulated.Accelerator);
        Assert.Contains("kern.hv_support", emulated.Warning, StringComparison.Ordinal);
        Assert.Throws<FaultException>(() => AcceleratorChoice.Make(Accelerator.Kvm, mac, Fails, new HvfState(Obstacle: null)));
        Assert.Contains("only macOS", Assert.Throws<FaultException>(() => Make(Accelerator.Hvf, Works)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ForeignProcessorsAreEmulatedWhateverTheHostCanDo()
    {
        var foreign = new QemuTarget(Architecture.Arm64, Architecture.X64, OnMacOS: false);
        Assert.Equal(Accelerator.Tcg, AcceleratorChoice.Make(Accelerator.Auto, foreign, Works, HvfState.Look()).Accelerator);
        var fault = Assert.Throws<FaultException>(() => AcceleratorChoice.Make(Accelerator.Kvm, foreign, Works, HvfState.Look()));
        Assert.Contains("Arm64", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flags\t\t: fpu vme svm sse", true)]
    [InlineData("flags\t\t: fpu vmx", true)]
    [InlineData("flags\t\t: fpu svm_lock vmxnet", false)]
    [InlineData("model name\t: no flags at all", false)]
    public void TrustsTheFlags(string line, bool usable)
    {
        File.WriteAllText(_cpuInfo, $"processor\t: 0\n{line}\n");
        Assert.Equal(usable, KvmState.FlagsObstacle(Architecture.X64, _cpuInfo) is null);
    }

    private static AcceleratorChoice Make(Accelerator wish, KvmState kvm) =>
        AcceleratorChoice.Make(wish, new QemuTarget(Architecture.X64, Architecture.X64, OnMacOS: false), kvm, HvfState.Look());
}
