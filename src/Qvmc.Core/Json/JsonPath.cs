namespace Qvmc.Core.Json;

/// <summary>The way to a value, in the document's spelling and in the protos'.</summary>
/// <param name="Written">As the document spells it.</param>
/// <param name="Proto">As the protos name it.</param>
internal readonly record struct JsonPath(string Written, string Proto)
{
    public JsonPath Member(string written, string proto) => new(Join(Written, written), Join(Proto, proto));

    public JsonPath Element(int index) => new($"{Written}[{index}]", $"{Proto}[{index}]");

    public JsonPath Key(string key) => new($"{Written}[\"{key}\"]", $"{Proto}[\"{key}\"]");

    private static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}.{name}";
}
