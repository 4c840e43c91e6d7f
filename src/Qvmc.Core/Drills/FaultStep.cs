namespace Qvmc.Core.Drills;

/// <summary>
/// Every step at which a drill can make a daemon fail: <c>tests/Qvmc.Faults</c> kills the daemon at each of them, and lets
/// each of them fail. Past tense: what has just been done, and nothing after it has.
/// </summary>
public enum FaultStep
{
    /// <summary>Store: a transaction is open, nothing is written.</summary>
    StoreBegun,

    /// <summary>Store: all is written and not committed.</summary>
    StoreWritten,

    /// <summary>Store: the commit is on the disk, and nobody was told.</summary>
    StoreCommitted,

    /// <summary>Controller: a launch was decided and is not on record.</summary>
    LaunchAdmitted,

    /// <summary>Controller: the pull that a launch needs is on record, the launch is not.</summary>
    LaunchPullStored,

    /// <summary>Controller: the launch is on record and was not answered.</summary>
    LaunchStored,

    /// <summary>Controller: a start, stop, restart, update or deletion was decided and is not on record.</summary>
    ChangeDecided,

    /// <summary>Controller: it is on record and was not answered.</summary>
    ChangeStored,

    /// <summary>Controller: an order is about to go to its host.</summary>
    OrderDue,

    /// <summary>Controller: the host has taken it.</summary>
    OrderTaken,

    /// <summary>Controller: that the host has the machine is on record.</summary>
    PlacedMarked,

    /// <summary>Controller: a removal is about to go to its host.</summary>
    RemovalDue,

    /// <summary>Controller: the host has removed the machine; the record is still there.</summary>
    RemovalTaken,

    /// <summary>Controller: the request id of an instance that goes is kept apart.</summary>
    RequestKept,

    /// <summary>Controller: the record of an instance is gone, what belongs to it is not.</summary>
    RecordForgotten,

    /// <summary>Controller: an instance that waited for its image has it.</summary>
    ImageTaken,

    /// <summary>Images: a file for what comes was made.</summary>
    ImageOpened,

    /// <summary>Images: all bytes came.</summary>
    ImageReceived,

    /// <summary>Images: they were looked into.</summary>
    ImageChecked,

    /// <summary>Images: a qcow2 was made of them.</summary>
    ImageConverted,

    /// <summary>Images: the file is on the disk and has its name for the way.</summary>
    ImageFlushed,

    /// <summary>Images: it was renamed to its digest.</summary>
    ImageMoved,

    /// <summary>Images: it is kept, write-protected.</summary>
    ImageKept,

    /// <summary>Controller: an image's name is about to be stored.</summary>
    ImageNaming,

    /// <summary>Controller: it is on record.</summary>
    ImageNamed,

    /// <summary>Controller: an image's name is gone, its bytes are not.</summary>
    ImageUnnamed,

    /// <summary>Controller: bytes that nobody needs are gone.</summary>
    ImageSwept,

    /// <summary>Controller: an upload in parts is on record.</summary>
    UploadStored,

    /// <summary>Controller: the bytes of an append are on the disk.</summary>
    UploadAppended,

    /// <summary>Controller: a whole upload is in the image store, without a name.</summary>
    UploadAdopted,

    /// <summary>Controller: it has its name, and its own record does not say so.</summary>
    UploadNamed,

    /// <summary>Controller: an upload's record is gone, its bytes are not.</summary>
    UploadForgotten,

    /// <summary>Controller: a pull is on record.</summary>
    PullStored,

    /// <summary>Controller: what was pulled is in the image store, without a name.</summary>
    PullFetched,

    /// <summary>Controller: it has its name; the pull is still on record.</summary>
    PullNamed,

    /// <summary>Controller: the pull's record is gone.</summary>
    PullForgotten,

    /// <summary>Host: a machine's record is written under its name for the way.</summary>
    RecordWritten,

    /// <summary>Host: it is on the disk.</summary>
    RecordFlushed,

    /// <summary>Host: it has taken the place of the one before.</summary>
    RecordReplaced,

    /// <summary>Host: a new machine has its directory and no record.</summary>
    DirectoryMade,

    /// <summary>Host: an order is on record and was not answered.</summary>
    OrderRecorded,

    /// <summary>Host: that a start begins is on record.</summary>
    StartRecorded,

    /// <summary>Host: the images of a machine that starts were found.</summary>
    ImagesFound,

    /// <summary>Host: a disk is made under its name for the way.</summary>
    DiskWritten,

    /// <summary>Host: the disks are there.</summary>
    DisksReady,

    /// <summary>Host: the seed volume is written.</summary>
    SeedWritten,

    /// <summary>Host: the interfaces have their ends on the host.</summary>
    NicsAttached,

    /// <summary>Host: the sockets for the monitor, console and agent listen.</summary>
    SocketsBound,

    /// <summary>Host: QEMU's process is there and on no record.</summary>
    Spawned,

    /// <summary>Host: the process is on record.</summary>
    SpawnRecorded,

    /// <summary>Host: the monitor answers; the processors stand still.</summary>
    MonitorConnected,

    /// <summary>Host: the processors run, if they are to.</summary>
    Released,

    /// <summary>Host: that the machine runs is on record.</summary>
    RunRecorded,

    /// <summary>Host: that a stop begins is on record.</summary>
    StopRecorded,

    /// <summary>Host: the guest was asked to shut down.</summary>
    GuestAsked,

    /// <summary>Host: QEMU was asked to quit.</summary>
    QuitSent,

    /// <summary>Host: the process has ended; what it held is not given back.</summary>
    ProcessGone,

    /// <summary>Host: what it held is given back; the record does not say that it has ended.</summary>
    GivenBack,

    /// <summary>Host: the end of a run is on record.</summary>
    EndRecorded,

    /// <summary>Host: that a machine is to be removed is on record.</summary>
    RemovalRecorded,

    /// <summary>Host: nothing is kept for it on networks any more.</summary>
    NetworksForgotten,

    /// <summary>Host: its directory has its name for the way out.</summary>
    DirectoryRenamed,

    /// <summary>Host: its directory is gone.</summary>
    DirectoryDeleted,

    /// <summary>Host, at its start: what removals left is gone.</summary>
    LeftoversSwept,

    /// <summary>Host, at its start: the records are read.</summary>
    RecordsLoaded,

    /// <summary>Host, at its start: the process that a start in hand left is gone.</summary>
    LeftoverEnded,

    /// <summary>Host, at its start: how a run ended meanwhile was found out and is not on record.</summary>
    EndFound,

    /// <summary>Host, at its start: a machine was adopted.</summary>
    MachineAdopted,
}
