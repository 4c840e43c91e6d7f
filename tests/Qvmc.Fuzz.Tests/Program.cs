using System.Globalization;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Fuzz.Tests.Targets;

// dotnet exec Qvmc.Fuzz.Tests.dll list | instrument | run TARGET|all SECONDS [SEED] | try TARGET FILE
switch (args)
{
    case ["list"]:
        foreach (var target in FuzzTargets.All)
        {
            Console.WriteLine(target.Name);
        }

        return 0;
    case ["instrument"]:
        Instrumentation.Run();
        return 0;
    case ["run", var name, var seconds, .. var rest]:
        var seed = rest is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        return FuzzTargets.All.Where(target => name == "all" || target.Name == name)
            .Select(target => FuzzProgram.Run(target, TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)), seed)).ToList() is { Count: > 0 } runs && runs.TrueForAll(good => good) ? 0 : 1;
    case ["try", var name, var file]:
        var trouble = FuzzFinding.Of(FuzzTargets.Get(name), Corpus.Read(file))?.Trouble;
        Console.WriteLine(trouble ?? "all is well");
        return trouble is null ? 0 : 1;
    default:
        Console.Error.WriteLine("what is to be fuzzed? list | run TARGET|all SECONDS [SEED] | try TARGET FILE");
        return 2;
}
