using System.Globalization;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Controller.Instances;

/// <summary>Etags: the store's revision of a record.</summary>
internal static class Etag
{
    /// <summary>The etag of a revision.</summary>
    public static string Of(long revision) => string.Create(CultureInfo.InvariantCulture, $"r{revision}");

    /// <summary>Throws <see cref="FaultCode.Stale"/> unless <paramref name="given"/> is empty or the instance's.</summary>
    public static void Check(string given, InstanceState state)
    {
        if (given.Length > 0 && given != Of(state.Revision))
        {
            throw new FaultException(
                FaultCode.Stale,
                $"instance {Shown.Quote(state.Name)} has changed since: you gave etag {Shown.Quote(given)}, it is \"{Of(state.Revision)}\" now; read it again and decide anew");
        }
    }
}
