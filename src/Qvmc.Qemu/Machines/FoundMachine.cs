using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>A machine as its directory has it.</summary>
/// <param name="Directory">The directory.</param>
/// <param name="Record">What is recorded there; null: nothing that can be read.</param>
/// <param name="Made">When the directory was made.</param>
/// <param name="Pid">Its process, which runs now; 0: none.</param>
/// <param name="Trouble">Why there is no record, or why it is left out; empty: all is well.</param>
public sealed record FoundMachine(string Directory, MachineRecord? Record, DateTimeOffset Made, int Pid, string Trouble);
