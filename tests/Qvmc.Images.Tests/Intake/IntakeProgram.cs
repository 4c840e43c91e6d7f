using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Intake;

/// <summary>
/// Takes images in, to be killed or left without disk or programs: dotnet exec Qvmc.Images.Tests.dll MODE DIRECTORY ...
///   fill  [announced]  CDs of 1 MiB until one does not fit
///   add   SOURCE       a file
///   crowd SOURCE       a file, and fills the disk when it begins to be converted
///   adopt NAME         a complete partial file
///   copy  SOURCE       a file that is made a complete partial file first
/// Prints each phase when it begins; the digest of each image; the fault; and with "fill", "crowd" and "copy" what is left.
/// </summary>
internal static class IntakeProgram
{
    internal static async Task RunAsync(string[] args)
    {
        var (mode, directory) = (args[0], args[1]);
        var store = new ImageStore(directory, new QemuImg(), NullLogger.Instance);
        try
        {
            await (mode switch
            {
                "fill" => FillAsync(store, args.Length > 2),
                "add" => AddAsync(store, args[2], _ => { }),
                "crowd" => AddAsync(store, args[2], phase => Crowd(phase, directory)),
                "copy" => CopyAsync(store, args[2]),
                _ => AdoptAsync(store, Path.Combine(store.PartialDirectory, args[2])),
            });
        }
        catch (FaultException e)
        {
            Console.WriteLine($"{e.Code} {e.Message}");
        }

        if (mode is "fill" or "crowd" or "copy")
        {
            foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
            {
                Console.WriteLine(Path.GetRelativePath(directory, file));
            }
        }
    }

    private static async Task FillAsync(ImageStore store, bool announced)
    {
        for (var i = 0; i < 100; i++)
        {
            var bytes = new byte[1 << 20];
            Random.Shared.NextBytes(bytes);
            "\0CD001"u8.CopyTo(bytes.AsSpan(32768));
            Console.WriteLine((await store.AddAsync(new MemoryStream(bytes), new ImageExpectation(SizeBytes: announced ? bytes.Length : null), CancellationToken.None)).Digest);
        }
    }

    private static async Task AddAsync(ImageStore store, string source, Action<IntakePhase> begun)
    {
        await using var file = File.OpenRead(source);
        Console.WriteLine((await store.AddAsync(file, new ImageExpectation(Progress: new Phases(begun)), CancellationToken.None)).Digest);
    }

    private static async Task AdoptAsync(ImageStore store, string path)
    {
        var file = PartialFile.Open(path);
        file.Complete();
        Console.WriteLine((await store.AdoptAsync(file, new ImageExpectation(Progress: new Phases(_ => { })), CancellationToken.None)).Digest);
    }

    private static async Task CopyAsync(ImageStore store, string source)
    {
        var path = Path.Combine(Directory.CreateDirectory(store.PartialDirectory).FullName, "pull-x");
        await using (var file = PartialFile.Open(path))
        {
            await file.AppendAsync(await File.ReadAllBytesAsync(source), CancellationToken.None);
        }

        await AdoptAsync(store, path);
    }

    private static void Crowd(IntakePhase phase, string directory)
    {
        if (phase != IntakePhase.Converting)
        {
            return;
        }

        using var crowd = File.OpenHandle(Path.Combine(directory, "crowd"), FileMode.Create, FileAccess.Write);
        try
        {
            for (var i = 0; ; i++)
            {
                RandomAccess.Write(crowd, new byte[4096], i * 4096L);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private sealed class Phases(Action<IntakePhase> begun) : IProgress<IntakeProgress>
    {
        private IntakePhase? _last;

        public void Report(IntakeProgress value)
        {
            if (_last != value.Phase)
            {
                _last = value.Phase;
                Console.WriteLine(value.Phase);
                Console.Out.Flush();
                begun(value.Phase);
            }
        }
    }
}
