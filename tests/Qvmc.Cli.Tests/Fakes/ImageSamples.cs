using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Images in the states that tests are about.</summary>
public static class ImageSamples
{
    public const string Digest = "sha256:2f7a90c1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    public static Image Ready(string name, string digest = Digest) => new()
    {
        Name = name,
        Digest = digest,
        State = ImageState.Ready,
        Format = ImageFormat.Qcow2,
        SizeBytes = 20 << 20,
        VirtualSizeBytes = 64 << 20,
        CreateTime = Samples.Now.AddHours(-3).ToTimestamp(),
        Source = new ImageSource { Url = "https://a.example/x.qcow2", CatalogEntry = name },
    };

    public static Image Pulling(string name, ulong done = 0, ulong total = 0, string trouble = "") => new()
    {
        Name = name,
        State = ImageState.Pulling,
        Progress = new ImageProgress { DoneBytes = done, TotalBytes = total, Trouble = trouble },
        Source = new ImageSource { Url = "https://a.example/x.qcow2" },
    };

    public static Image Failed(string name, string error) => new() { Name = name, State = ImageState.Failed, Error = error };
}
