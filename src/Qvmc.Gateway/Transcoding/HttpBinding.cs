using Google.Api;
using Google.Protobuf.Reflection;

namespace Qvmc.Gateway.Transcoding;

/// <summary>One way to call a method over HTTP, out of its google.api.http annotation.</summary>
/// <param name="Method">The method.</param>
/// <param name="Verb">GET, POST, PUT, PATCH, DELETE or another.</param>
/// <param name="Path">The path.</param>
/// <param name="Body">"*": the body is the request; a field's name: the body is that field; "": there is none.</param>
/// <param name="ResponseBody">A field's name: the answer is that field; "": the whole response.</param>
internal sealed record HttpBinding(MethodDescriptor Method, string Verb, PathTemplate Path, string Body, string ResponseBody)
{
    /// <summary>The field that the answer is, or null for the whole response.</summary>
    public FieldDescriptor? ResponseField { get; } = ResponseBody.Length == 0 ? null : Method.OutputType.FindFieldByName(ResponseBody);

    /// <summary>The field that the body is, or null when it is the whole request or there is none.</summary>
    public FieldDescriptor? BodyField { get; } = Body is "" or "*" ? null : Method.InputType.FindFieldByName(Body);

    /// <summary>Every binding of a service's methods.</summary>
    public static IEnumerable<HttpBinding> Of(ServiceDescriptor service) =>
        from method in service.Methods
        let rule = method.GetOptions()?.GetExtension(AnnotationsExtensions.Http)
        where rule is not null
        from each in rule.AdditionalBindings.Prepend(rule)
        select Of(method, each);

    private static HttpBinding Of(MethodDescriptor method, HttpRule rule)
    {
        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => ("GET", rule.Get),
            HttpRule.PatternOneofCase.Put => ("PUT", rule.Put),
            HttpRule.PatternOneofCase.Post => ("POST", rule.Post),
            HttpRule.PatternOneofCase.Delete => ("DELETE", rule.Delete),
            HttpRule.PatternOneofCase.Patch => ("PATCH", rule.Patch),
            HttpRule.PatternOneofCase.Custom => (rule.Custom.Kind, rule.Custom.Path),
            _ => throw new InvalidOperationException($"{method.FullName} has an http rule without a path"),
        };
        return new HttpBinding(method, verb, PathTemplate.Parse(path), rule.Body, rule.ResponseBody);
    }
}
