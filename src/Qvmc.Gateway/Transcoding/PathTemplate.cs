using Microsoft.AspNetCore.Routing;

namespace Qvmc.Gateway.Transcoding;

/// <summary>
/// A path of google.api.http: literals, <c>*</c>, <c>**</c>, and variables <c>{field}</c> or <c>{field=a/*}</c>, with
/// a <c>:verb</c> at the end where there is one.
/// </summary>
internal sealed class PathTemplate
{
    private readonly List<Variable> _variables = [];
    private readonly List<string> _route = [];
    private readonly List<string> _document = [];
    private int _wildcards;

    private PathTemplate(string template)
    {
        var (path, verb) = SplitVerb(template);
        foreach (var segment in SplitSegments(path))
        {
            if (segment.StartsWith('{'))
            {
                AddVariable(segment[1..^1]);
            }
            else
            {
                _route.Add(Route(segment));
                _document.Add(segment);
            }
        }
        RoutePattern = "/" + string.Join('/', _route) + verb;
        DocumentPath = "/" + string.Join('/', _document) + verb;
    }

    /// <summary>As routing takes it.</summary>
    public string RoutePattern { get; }

    /// <summary>As OpenAPI writes it.</summary>
    public string DocumentPath { get; }

    /// <summary>The fields that are given in the path.</summary>
    public IEnumerable<string> Fields => _variables.Select(variable => variable.Field);

    public static PathTemplate Parse(string template) => new(template);

    /// <summary>The fields with what a request's path gives them.</summary>
    public IEnumerable<(string Field, string Value)> Read(RouteValueDictionary values) => _variables.Select(variable =>
        (variable.Field, string.Join('/', variable.Parts.Select(part => part.StartsWith('{') ? values[part.Trim('{', '}', '*')]?.ToString() ?? "" : part))));

    private void AddVariable(string variable)
    {
        var (field, pattern) = variable.Split('=', 2) is [var name, var value] ? (name, value) : (variable, "*");
        var parts = pattern.Split('/').Select(Route).ToList();
        _variables.Add(new Variable(field, parts));
        _route.AddRange(parts);
        _document.Add($"{{{field}}}");
    }

    private string Route(string segment) => segment switch
    {
        "*" => $"{{p{_wildcards++}}}",
        "**" => $"{{**p{_wildcards++}}}",
        _ => segment,
    };

    private static (string Path, string Verb) SplitVerb(string template)
    {
        var colon = template.LastIndexOf(':');
        return colon > template.LastIndexOfAny(['/', '}']) ? (template[..colon], template[colon..])
            : colon == template.LastIndexOf('}') + 1 && colon > 0 ? (template[..colon], template[colon..])
            : (template, "");
    }

    private static IEnumerable<string> SplitSegments(string path)
    {
        var start = 1;
        var depth = 0;
        for (var i = 1; i <= path.Length; i++)
        {
            if (i == path.Length || (path[i] == '/' && depth == 0))
            {
                yield return path[start..i];
                start = i + 1;
            }
            else
            {
                depth += path[i] switch { '{' => 1, '}' => -1, _ => 0 };
            }
        }
    }

    private sealed record Variable(string Field, IReadOnlyList<string> Parts);
}
