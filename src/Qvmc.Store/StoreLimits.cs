using Qvmc.Core.Faults;

namespace Qvmc.Store;

/// <summary>What every engine takes, so that a store can be moved from one to another.</summary>
public static class StoreLimits
{
    /// <summary>Longest key in UTF-8 bytes.</summary>
    public const int MaxKeyBytes = 512;

    /// <summary>Largest value in bytes: etcd's default limit of a request, less room for the key.</summary>
    public const int MaxValueBytes = (1536 - 8) * 1024;

    // Throws on a lone surrogate, which has no UTF-8 form and would come back as another key.
    private static readonly System.Text.UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Throws <see cref="FaultCode.InvalidArgument"/> for a key that no engine could keep.</summary>
    public static void CheckKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0 || key.Contains('\0'))
        {
            throw new FaultException(FaultCode.InvalidArgument, "a store's key is empty or holds a NUL character");
        }

        try
        {
            if (Utf8.GetByteCount(key) > MaxKeyBytes)
            {
                throw new FaultException(FaultCode.InvalidArgument, $"a store's key is longer than {MaxKeyBytes} bytes: {key[..40]}...");
            }
        }
        catch (System.Text.EncoderFallbackException e)
        {
            throw new FaultException(FaultCode.InvalidArgument, "a store's key is not valid Unicode", inner: e);
        }
    }

    /// <summary>Throws <see cref="FaultCode.InvalidArgument"/> for a value that is too large.</summary>
    public static void CheckValue(string key, ReadOnlyMemory<byte> value)
    {
        if (value.Length > MaxValueBytes)
        {
            throw new FaultException(FaultCode.InvalidArgument, $"the value of {key} has {value.Length} bytes; at most {MaxValueBytes} can be stored");
        }
    }
}
