namespace Qvmc.Qmp;

/// <summary>What a <see cref="QmpSession"/> throws, beside cancellation.</summary>
public abstract class QmpException : Exception
{
    private protected QmpException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
