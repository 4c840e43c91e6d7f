namespace Qvmc.Qmp;

/// <summary>No session came about.</summary>
public sealed class QmpConnectException : QmpException
{
    internal QmpConnectException(QmpConnectFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind.</summary>
    public QmpConnectFault Fault { get; }
}
