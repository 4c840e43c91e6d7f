using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Networks;

/// <summary>Changes to the port forwards of an instance that exists.</summary>
public static class ForwardChangeRules
{
    /// <summary>Every fault of adding a forward to what is now as <paramref name="current"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="current">The instance's spec.</param>
    /// <param name="networks">Its host's; null: not known.</param>
    public static IReadOnlyList<FieldFault> Check(AddForwardRequest request, InstanceSpec current, IReadOnlyList<Network>? networks)
    {
        if (request.Forward is not { } forward)
        {
            return [new FieldFault("forward", "is missing: give host_port and guest_port")];
        }

        var faults = ForwardRules.Check(forward, "forward").ToList();
        if (current.Forwards.Count >= InstanceLimits.MaxForwards)
        {
            faults.Add(new FieldFault("forward", $"the instance has {InstanceLimits.MaxForwards} port forwards, which is the most: remove one first"));
        }

        if (current.Nics.All(NicRules.IsNone))
        {
            faults.Add(new FieldFault("forward", "the instance has no network interface to forward to: add one first"));
        }
        else if (networks is not null)
        {
            // There is but one.
            faults.AddRange(HostNetworks.CheckForwards(current.Nics, [forward], networks, "forward").Select(f => f with { Field = f.Field.Replace("[0]", "", StringComparison.Ordinal) }));
        }

        return faults;
    }

    /// <summary>The forward of an instance that takes the same port as <paramref name="forward"/>; null: none.</summary>
    public static PortForward? FindClash(InstanceSpec spec, PortForward forward) => spec.Forwards.FirstOrDefault(f => ForwardRules.Collide(f, forward));

    /// <summary>Every fault of a removal that can be seen without knowing the instance.</summary>
    public static IEnumerable<FieldFault> Check(RemoveForwardRequest request) => ForwardRules
        .Check(new PortForward { HostAddress = request.HostAddress, HostPort = request.HostPort, Protocol = request.Protocol, GuestPort = 1 }, "forward")
        .Select(f => f with { Field = f.Field["forward.".Length..] });

    /// <summary>The forward that a removal means; NOT_FOUND when there is none, INVALID_ARGUMENT when there are several.</summary>
    public static PortForward Find(Instance instance, RemoveForwardRequest request)
    {
        var udp = request.Protocol == Protocol.Udp;
        var meant = instance.Spec.Forwards
            .Where(f => f.HostPort == request.HostPort && (f.Protocol == Protocol.Udp) == udp && (request.HostAddress.Length == 0 || IsSame(f.HostAddress, request.HostAddress)))
            .ToList();
        if (meant.Count == 1)
        {
            return meant[0];
        }

        var port = $"{(udp ? "udp" : "tcp")} port {request.HostPort}{(request.HostAddress.Length == 0 ? "" : $" of {request.HostAddress}")}";
        throw meant.Count == 0
            ? new FaultException(
                FaultCode.NotFound,
                $"instance {Shown.Quote(instance.Name)} forwards nothing from {port}: {(instance.Spec.Forwards.Count == 0 ? "it has no port forwards" : $"it forwards from {List(instance.Spec.Forwards)}")}")
            : FaultException.Invalid([new FieldFault("host_address", $"is missing: instance {Shown.Quote(instance.Name)} forwards from {List(meant)}; say which")]);
    }

    private static string List(IEnumerable<PortForward> forwards) => string.Join(", ", forwards.Take(10).Select(ForwardRules.Describe));

    private static bool IsSame(string left, string right) =>
        IPAddress.TryParse(left, out var a) && IPAddress.TryParse(right, out var b) && a.Equals(b);
}
