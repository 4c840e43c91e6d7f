namespace Qvmc.Qmp;

/// <summary>
/// The guest sent what an agent doesn't, or more than the limits allow. The session goes on; the next command gets
/// into step first.
/// </summary>
public sealed class QgaProtocolException : QgaException
{
    internal QgaProtocolException(string command, string violation)
        : base(command, $"the guest's reply to {command} can't be used: {violation}")
    {
    }
}
