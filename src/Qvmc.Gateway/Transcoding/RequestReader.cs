using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Transcoding;

/// <summary>
/// Makes the request message of a method out of path, query, body and headers. What two of them say of one field
/// must be the same; nobody can mean both.
/// </summary>
internal sealed class RequestReader(HttpBinding binding, long maxBodyBytes)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="ProblemException">Something is wrong with it: everything that is.</exception>
    public async Task<ProtoJsonResult> ReadAsync(HttpContext http)
    {
        var type = binding.Method.InputType;
        var faults = new List<FieldFault>();
        var request = await BodyAsync(http);
        if (binding.Body == "*")
        {
            faults.AddRange(http.Request.Query.Keys.Select(name => new FieldFault(name, "can't be given in the query of this method; put it into the body")));
        }
        else
        {
            QueryFields.Add(http.Request.Query, type, request, faults);
        }
        if (request.Kind == JsonValueKind.Object)
        {
            foreach (var (field, value) in binding.Path.Read(http.GetRouteData().Values))
            {
                Set(request, field, value, "the path", faults);
            }
            IfMatch.Add(http.Request, type, request, faults);
        }
        var result = ProtoJson.Read(request, type);
        faults.AddRange(result.Faults.Select(fault => new FieldFault(fault.Path, fault.Message)));
        return faults.Count == 0 ? result : throw new ProblemException(Problem.Invalid(faults));
    }

    /// <summary>Gives a field of the first level a value, unless the request says another.</summary>
    public static void Set(JsonSpot request, string field, string value, string source, List<FieldFault> faults)
    {
        var at = request.Members.FindIndex(member => member.Name == field);
        if (at < 0)
        {
            request.Members.Add(new JsonMember(field, JsonPosition.None, JsonSpot.Of(value)));
        }
        else if (request.Members[at].Value is var other && (other.Kind != JsonValueKind.String || other.Text != value))
        {
            faults.Add(new FieldFault(field, $"is \"{value}\" in {source} and {other.Describe()} elsewhere in the request; give it once"));
        }
    }

    private async Task<JsonSpot> BodyAsync(HttpContext http)
    {
        if (binding.Body.Length == 0)
        {
            JsonBody.RefuseAny(http);
            return JsonSpot.NewObject();
        }
        var body = await JsonBody.ReadAsync(http, maxBodyBytes);
        if (binding.BodyField is null)
        {
            return body;
        }
        var request = JsonSpot.NewObject();
        request.Members.Add(new JsonMember(binding.BodyField.Name, body.Position, body));
        return request;
    }
}
