using System.Text.Json.Nodes;
using Qvmc.Bench;

// A command a line on standard input, its answer a line on standard output: bench/peers/driver.py is the other side. What is
// timed is timed here, so the way between the two is in no figure.
using var target = new Target(args[0], args[1]);
using var events = new EventTap(target);
Dictionary<string, Func<JsonObject, Task<JsonObject>>> commands = new()
{
    ["launch"] = new Launches(target).RunAsync,
    ["stop"] = new Stops(target).RunAsync,
    ["delete"] = new Deletions(target).RunAsync,
    ["list"] = new Lists(target).RunAsync,
    ["known"] = new Knowledge(target).RunAsync,
    ["tap"] = events.BeginAsync,
    ["tapped"] = events.NextAsync,
    ["untap"] = events.EndAsync,
};
while (Console.ReadLine() is { } line)
{
    JsonObject answer;
    try
    {
        var command = JsonNode.Parse(line)!.AsObject();
        answer = await commands[(string)command["command"]!](command);
    }
    catch (Exception e)
    {
        answer = new JsonObject { ["error"] = e.Message };
    }

    Console.WriteLine(answer.ToJsonString());
}
