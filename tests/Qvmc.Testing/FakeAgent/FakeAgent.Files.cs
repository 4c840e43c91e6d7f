using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Qvmc.Testing;

public sealed partial class FakeAgent
{
    // What was opened can be read to its end, also when the file is gone meanwhile.
    private readonly ConcurrentDictionary<long, (byte[]? Content, int Position)> _open = new();
    private long _lastHandle = 999;

    /// <summary>Files of the guest; null is a directory. Whatever is not named here is not there.</summary>
    public ConcurrentDictionary<string, byte[]?> Files { get; } = new();

    /// <summary>How many files it has open.</summary>
    public int OpenFiles => _open.Count;

    private void ScriptFiles()
    {
        On("guest-file-open", command =>
        {
            var path = command.Text("path")!;
            if (!Files.TryGetValue(path, out var content))
            {
                return ScriptedReply.Error($"failed to open file '{path}' (mode: 'r'): No such file or directory");
            }
            _open[++_lastHandle] = (content, 0);
            return ScriptedReply.Return(_lastHandle);
        });
        On("guest-file-read", command =>
        {
            var handle = command.Arguments["handle"]!.GetValue<long>();
            if (!_open.TryGetValue(handle, out var file))
            {
                return ScriptedReply.Error($"handle '{handle}' has not been found");
            }
            if (file.Content is not { } bytes)
            {
                return ScriptedReply.Error("failed to read file: Is a directory");
            }
            var piece = bytes.AsSpan(file.Position, Math.Min(command.Arguments["count"]!.GetValue<int>(), bytes.Length - file.Position)).ToArray();
            _open[handle] = (bytes, file.Position + piece.Length);
            return ScriptedReply.Return(new JsonObject
            {
                ["count"] = piece.Length,
                ["buf-b64"] = Convert.ToBase64String(piece),
                ["eof"] = file.Position + piece.Length == bytes.Length,
            });
        });
        On("guest-file-close", command =>
        {
            _open.TryRemove(command.Arguments["handle"]!.GetValue<long>(), out _);
            return ScriptedReply.Return();
        });
    }
}
