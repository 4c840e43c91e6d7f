using Qvmc.Core.Faults;

namespace Qvmc.Hosting.Faults;

/// <summary>
/// What the kernel refused wherever nobody knew better what that means to the caller: no defect of ours, and well again
/// when its cause is gone.
/// </summary>
public static class KernelFaults
{
    // errno-base.h, asm-generic/errno.h; .NET hands errno through in HResult.
    private const int InputOutput = 5, TableFull = 23, TooMany = 24, NoSpace = 28, ReadOnly = 30;
    private static readonly int Quota = OperatingSystem.IsMacOS() ? 69 : 122;

    /// <summary>The fault that an error of the kernel is; null: it is none of these.</summary>
    public static FaultException? Of(IOException e) => e.HResult switch
    {
        NoSpace => new FaultException(FaultCode.ResourceExhausted, $"the daemon's disk is full: make room there and try again ({e.Message})", inner: e),
        TooMany or TableFull => new FaultException(FaultCode.ResourceExhausted, $"the daemon may open no more files: try again later, and raise its limit (LimitNOFILE) if this lasts ({e.Message})", inner: e),
        InputOutput => new FaultException(FaultCode.Unavailable, $"the daemon's disk does not work: look at the kernel's log ({e.Message})", inner: e),
        ReadOnly => new FaultException(FaultCode.Unavailable, $"the daemon's disk can't be written to: look at the kernel's log ({e.Message})", inner: e),
        var number when number == Quota => new FaultException(FaultCode.ResourceExhausted, $"the daemon's disk quota is used up: make room there and try again ({e.Message})", inner: e),
        _ => null,
    };
}
