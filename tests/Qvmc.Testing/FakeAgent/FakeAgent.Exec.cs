using System.Text.Json.Nodes;

namespace Qvmc.Testing;

public sealed partial class FakeAgent
{
    private readonly Dictionary<long, FakeGuestProcess> _processes = [];
    private Func<ScriptedCommand, FakeGuestProcess> _exec = _ => new FakeGuestProcess();

    /// <summary>Says what becomes of programs that are run in the guest, from the arguments of guest-exec.</summary>
    public void OnExec(Func<ScriptedCommand, FakeGuestProcess> exec) => _exec = exec;

    private void ScriptExec()
    {
        On("guest-exec", command =>
        {
            var pid = 1000 + _processes.Count;
            _processes[pid] = _exec(command);
            return ScriptedReply.Return(new JsonObject { ["pid"] = pid });
        });
        On("guest-exec-status", command =>
        {
            var pid = command.Arguments["pid"]!.GetValue<long>();
            if (!_processes.TryGetValue(pid, out var process))
            {
                return ScriptedReply.Error("Invalid parameter 'pid'");
            }
            if (process.AsksUntilExit > 1)
            {
                _processes[pid] = process with { AsksUntilExit = process.AsksUntilExit - 1 };
                return ScriptedReply.Return(new JsonObject { ["exited"] = false });
            }
            // The agent forgets a process once it has told its end.
            _processes.Remove(pid);
            return ScriptedReply.Return(Ended(process));
        });
    }

    private static JsonObject Ended(FakeGuestProcess process)
    {
        var status = new JsonObject { ["exited"] = true };
        if (process.ExitCode is { } code)
        {
            status["exitcode"] = code;
        }
        if (process.Signal is { } signal)
        {
            status["signal"] = signal;
        }
        AddOutput(status, "out", process.Stdout, process.Truncated);
        AddOutput(status, "err", process.Stderr, truncated: false);
        return status;
    }

    private static void AddOutput(JsonObject status, string stream, byte[] bytes, bool truncated)
    {
        // A stream that nothing was written to has no member.
        if (bytes.Length > 0)
        {
            status[$"{stream}-data"] = Convert.ToBase64String(bytes);
        }
        if (truncated)
        {
            status[$"{stream}-truncated"] = true;
        }
    }
}
