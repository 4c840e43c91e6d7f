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
        Assert.Equal(Accelerator.Kvm, AcceleratorChoice.Make(Accelerator.Auto, Works).Accelerator);
        var emulated = AcceleratorChoice.Make(Accelerator.Auto, Fails);
        Assert.Equal(Accelerator.Tcg, emulated.Accelerator);
        Assert.Contains("neither vmx nor svm", emulated.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void ADemandThatCannotBeMetIsRefused()
    {
        var fault = Assert.Throws<FaultException>(() => AcceleratorChoice.Make(Accelerator.Kvm, Fails));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("neither vmx nor svm", fault.Message, StringComparison.Ordinal);
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
}
