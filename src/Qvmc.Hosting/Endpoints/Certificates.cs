using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Endpoints;

/// <summary>Reads keys and says whom they trust.</summary>
internal static class Certificates
{
    /// <summary>Our certificate with its key, and what is between it and the root.</summary>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain) LoadOwn(Tls tls) => Read(tls.Certificate, () =>
    {
        var certificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.PrivateKey);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(tls.Certificate);
        chain.RemoveAt(0);
        return (certificate, chain);
    });

    /// <summary>The authorities that the other side's certificate must come from. At least one.</summary>
    public static X509Certificate2Collection LoadAuthorities(Tls tls) => Read(tls.ClientCa, () =>
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(tls.ClientCa);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    });

    /// <summary>Trusts these roots and no others. Revocation is not looked up: private authorities publish none.</summary>
    public static X509ChainPolicy TrustOnly(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FaultException(FaultCode.InvalidArgument, $"the certificate or key of {path} can't be read: {e.Message}", inner: e);
        }
    }
}
