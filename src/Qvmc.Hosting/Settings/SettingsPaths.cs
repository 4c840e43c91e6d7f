using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Settings;

/// <summary>Makes the paths of keys, which may be relative to the configuration file, absolute.</summary>
internal static class SettingsPaths
{
    public static void Resolve(IMessage message, string directory)
    {
        if (message is Tls tls)
        {
            tls.Certificate = Absolute(tls.Certificate, directory);
            tls.PrivateKey = Absolute(tls.PrivateKey, directory);
            tls.ClientCa = Absolute(tls.ClientCa, directory);
            return;
        }
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message && !f.IsMap))
        {
            var value = field.Accessor.GetValue(message);
            IEnumerable inner = field.IsRepeated ? (IEnumerable)value : new[] { value };
            foreach (var part in inner.OfType<IMessage>())
            {
                Resolve(part, directory);
            }
        }
    }

    private static string Absolute(string path, string directory) => path.Length == 0 ? path : Path.GetFullPath(path, directory);
}
