using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>
/// Appends to a partial file without end: dotnet exec Qvmc.Images.Tests.dll partial PATH
/// Prints each offset that is durable; or the fault, and how much is there then and after opening it again.
/// </summary>
internal static class PartialFileProgram
{
    internal static async Task RunAsync(string path)
    {
        var random = new Random();
        var file = PartialFile.Open(path);
        try
        {
            while (true)
            {
                await file.AppendAsync(Pattern.Bytes(file.Length, random.Next(1, 200_000)), CancellationToken.None);
                if (random.Next(4) == 0)
                {
                    await file.FlushAsync(CancellationToken.None);
                    Console.WriteLine(file.Length);
                }
            }
        }
        catch (FaultException e)
        {
            Console.WriteLine($"{e.Code} {e.Message}");
            Console.WriteLine(file.Length);
        }

        await file.DisposeAsync();
        file = PartialFile.Open(path);
        Console.WriteLine(file.Length);
        await file.DisposeAsync();
    }
}
