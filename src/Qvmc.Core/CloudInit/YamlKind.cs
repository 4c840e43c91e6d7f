namespace Qvmc.Core.CloudInit;

/// <summary>What a YAML value is.</summary>
internal enum YamlKind
{
    Scalar,
    Sequence,
    Mapping,
}
