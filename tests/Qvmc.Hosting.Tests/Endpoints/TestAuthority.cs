using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Endpoints;

/// <summary>A certificate authority that lives as long as a test, and writes keys into its directory.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _directory;
    private readonly X509Certificate2 _root;

    public TestAuthority(string directory, string name)
    {
        _directory = Directory.CreateDirectory(Path.Combine(directory, name)).FullName;

        // .NET looks there for certificates that the user distrusts, and fails where nobody says where that is.
        Environment.SetEnvironmentVariable("HOME", Environment.GetEnvironmentVariable("HOME") ?? Path.GetTempPath());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(2));
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    public string RootFile => Path.Combine(_directory, "ca.pem");

    public void Dispose() => _root.Dispose();

    /// <summary>Keys of somebody who trusts <paramref name="trusted"/>.</summary>
    public Tls Issue(string name, TestAuthority trusted)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_root, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        var tls = new Tls { Certificate = Path.Combine(_directory, $"{name}.pem"), PrivateKey = Path.Combine(_directory, $"{name}.key"), ClientCa = trusted.RootFile };
        File.WriteAllText(tls.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(tls.PrivateKey, key.ExportPkcs8PrivateKeyPem());
        return tls;
    }
}
