namespace Qvmc.Cli.Output;

/// <summary>How data is printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people: columns or lines.</summary>
    Table,

    /// <summary>JSON, as the HTTP interface writes it.</summary>
    Json,

    /// <summary>The same as YAML.</summary>
    Yaml,
}
