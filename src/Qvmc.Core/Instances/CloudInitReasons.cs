namespace Qvmc.Core.Instances;

/// <summary>The reasons of the condition CLOUD_INIT.</summary>
public static class CloudInitReasons
{
    /// <summary>It works; the message names the stage.</summary>
    public const string Running = "Running";

    /// <summary>It has done its work; the message says what it warned of.</summary>
    public const string Done = "Done";

    /// <summary>It has ended, and not all went well; the message names modules and errors.</summary>
    public const string Error = "Error";

    /// <summary>The guest has none.</summary>
    public const string NotFound = "NotFound";

    /// <summary>The guest has it, and does not run it.</summary>
    public const string Disabled = "Disabled";

    /// <summary>The guest's agent may not read what it reports; the message says why.</summary>
    public const string Unreadable = "Unreadable";
}
