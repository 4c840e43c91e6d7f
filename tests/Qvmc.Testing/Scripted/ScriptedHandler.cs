namespace Qvmc.Testing;

/// <summary>
/// Decides what to do about a command. Commands are handled one after the other, as QEMU does: while one handler
/// waits, the next command does too.
/// </summary>
public delegate Task<ScriptedReply> ScriptedHandler(ScriptedCommand command, CancellationToken ct);
