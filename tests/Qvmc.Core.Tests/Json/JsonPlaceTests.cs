using System.Text;
using CsCheck;
using Qvmc.Core.Json;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Core.Tests.Json;

public sealed class JsonPlaceTests
{
    private static readonly Gen<string> s_value = Gen.OneOf(
        Gen.Const("1"), Gen.Const("\"ü😀\""), Gen.Const("{\"é\": [\n true,\n\n null]}"), Gen.Const("[\n]"), Gen.Const("\"\\n\""));

    [Fact]
    public void Places_are_those_of_whoever_counts_characters() =>
        s_value.List[0, 8].Sample(values =>
        {
            var text = $"[{string.Join(", ", values)}]";
            Assert.Null(JsonText.Read(Encoding.UTF8.GetBytes(text), allowComments: false, out var json));
            var at = 1;
            foreach (var (item, value) in json.Items.Zip(values))
            {
                var before = text[..at];
                Assert.Equal((before.Count(c => c == '\n') + 1, at - before.LastIndexOf('\n')), (item.Position.Line, item.Position.Column));
                at += value.Length + 2;
            }
        }, iter: 300);

    [Fact]
    public void A_long_line_is_counted_once()
    {
        // Counted anew for each value it would be 10^12 characters: hours.
        var text = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("1", 2_000_000))}, x]");
        var fault = JsonText.Read(text, allowComments: false, out _);
        Assert.Equal((1, text.Length - 1), (fault!.Position.Line, fault.Position.Column));
    }

    [Fact]
    public void Of_very_many_faults_some_are_told_and_that_there_are_more()
    {
        var body = Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"x{i}\": 1"))}}}");
        Assert.Null(JsonText.Read(body, allowComments: false, out var json));
        var faults = ProtoJson.Read(json, LaunchRequest.Descriptor).Faults;
        Assert.Equal(101, faults.Count);
        Assert.Contains("more faults", faults[^1].Message, StringComparison.Ordinal);
        Assert.Contains("here can be", faults[^2].Message, StringComparison.Ordinal);
    }
}
