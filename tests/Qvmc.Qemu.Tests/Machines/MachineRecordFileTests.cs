using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

public sealed class MachineRecordFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qr-").FullName;

    private string Record => Path.Combine(_directory, "machine.json");

    private string Spare => Record + "~";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void TheRecordBeforeIsTheNextToBeWritten()
    {
        var file = new MachineRecordFile(Record);
        file.Save(Numbered(1));
        using var first = File.OpenRead(Record);
        file.Save(Numbered(2));
        Assert.Equal(Numbered(2), file.Load());
        if (OperatingSystem.IsLinux())
        {
            // No file was made or went: what was the record is room for the next one.
            Assert.Equal((0, 16 << 10), (first.ReadByte(), first.Length));
        }

        file.Save(Numbered(3));
        Assert.Equal(Numbered(3), file.Load());
        Assert.Equal([Record, Spare], Directory.GetFiles(_directory).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WhatMayBeTheRecordAgainAfterAPowerCutIsNotWrittenTo()
    {
        var file = new MachineRecordFile(Record);
        file.Save(Numbered(1));

        // As it is when the daemon dies between the exchange of the names and their flush.
        File.WriteAllText(Spare, "{ as before }");
        using var before = new StreamReader(File.OpenRead(Spare));
        file.Save(Numbered(2));
        Assert.Equal("{ as before }", before.ReadToEnd());
        Assert.Equal(Numbered(2), file.Load());
    }

    private static MachineRecord Numbered(uint number) => new() { Order = new MachineOrder { Uid = "aaaaaaaaaaaa", Generation = number } };
}
