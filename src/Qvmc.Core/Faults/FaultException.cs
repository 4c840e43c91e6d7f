namespace Qvmc.Core.Faults;

/// <summary>
/// A failure that the caller can understand. Everything else that is thrown is a defect and is answered as
/// <see cref="FaultCode.Internal"/> without its message.
/// </summary>
public sealed class FaultException : Exception
{
    /// <summary>Makes a fault.</summary>
    /// <param name="code">Which kind.</param>
    /// <param name="message">What was asked, what is so, what to do; no full stop at the end.</param>
    /// <param name="fields">Every field at fault.</param>
    /// <param name="inner">The cause, for the log.</param>
    public FaultException(FaultCode code, string message, IReadOnlyList<FieldFault>? fields = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Fields = fields ?? [];
    }

    /// <summary>Which kind.</summary>
    public FaultCode Code { get; }

    /// <summary>Every field at fault; empty when the fault is not about fields.</summary>
    public IReadOnlyList<FieldFault> Fields { get; }

    /// <summary>When the same request may go through as it is, as far as that is known: a limit that time alone lifts.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One INVALID_ARGUMENT out of every field fault: <c>2 fields are at fault: name: ...; spec.cpus: ...</c>.</summary>
    public static FaultException Invalid(IReadOnlyList<FieldFault> fields)
    {
        var list = string.Join("; ", fields.Select(f => $"{f.Field}: {f.Message}"));
        return new FaultException(FaultCode.InvalidArgument, fields.Count == 1 ? list : $"{fields.Count} fields are at fault: {list}", fields);
    }

    /// <summary>Throws <see cref="Invalid"/> unless <paramref name="fields"/> is empty.</summary>
    public static void ThrowIfAny(IReadOnlyList<FieldFault> fields)
    {
        if (fields.Count > 0)
        {
            throw Invalid(fields);
        }
    }
}
