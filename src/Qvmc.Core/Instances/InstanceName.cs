using Qvmc.Core.Faults;

namespace Qvmc.Core.Instances;

/// <summary>Names of instances.</summary>
public static class InstanceName
{
    /// <summary>The fault of a name, or null.</summary>
    public static FieldFault? Check(string name, string field = "name") => name.Length == 0
        ? new FieldFault(field, "is missing: give the instance's name")
        : DnsLabel.Fault(name) is { } fault ? new FieldFault(field, fault) : null;
}
