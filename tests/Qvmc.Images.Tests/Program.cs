using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Images;

// Adds images until one does not fit: dotnet exec Qvmc.Images.Tests.dll DIRECTORY
// Prints a line for each image, then the fault, then what is left in the directory.
var store = new ImageStore(args[0], new QemuImg(), NullLogger.Instance);
try
{
    for (var i = 0; i < 100; i++)
    {
        var bytes = new byte[1 << 20];
        Random.Shared.NextBytes(bytes);
        var blob = await store.AddAsync(new MemoryStream(bytes), new ImageExpectation(SizeBytes: args.Length > 1 ? bytes.Length : null), CancellationToken.None);
        Console.WriteLine(blob.Digest);
    }
}
catch (FaultException e)
{
    Console.WriteLine($"{e.Code} {e.Message}");
}

foreach (var file in Directory.EnumerateFiles(args[0], "*", SearchOption.AllDirectories))
{
    Console.WriteLine(Path.GetRelativePath(args[0], file));
}
