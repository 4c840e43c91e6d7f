using Qvmc.Images;
using Qvmc.Images.Tests.Fetching;
using Qvmc.Images.Tests.Intake;

// What tests need a process of its own for: dotnet exec Qvmc.Images.Tests.dll MODE ...
switch (args)
{
    case ["partial", var path]:
        await PartialFileProgram.RunAsync(path);
        break;
    case ["fetch", var directory, var url]:
        await FetchProgram.RunAsync(directory, new Uri(url), null);
        break;
    case ["fetch", var directory, var url, var checksum]:
        await FetchProgram.RunAsync(directory, new Uri(url), Checksum.Parse(checksum));
        break;
    default:
        await IntakeProgram.RunAsync(args);
        break;
}
