using System.Text.Json.Nodes;

namespace Qvmc.Testing;

public sealed partial class FakeQemu
{
    private void Script()
    {
        On("qmp_capabilities", ScriptedReply.Return());
        On("query-version", _ => ScriptedReply.Return(_script.Greeting?["QMP"]?["version"]));
        On("query-status", _ => ScriptedReply.Return(new JsonObject { ["status"] = Status, ["running"] = Status == "running" }));
        On("cont", (_, _) => MoveAsync("running", "RESUME"));
        On("stop", (_, _) => MoveAsync("paused", "STOP"));
        On("system_reset", async (_, _) =>
        {
            await EmitAsync("RESET", new JsonObject { ["guest"] = false, ["reason"] = "host-qmp-system-reset" });
            return ScriptedReply.Return();
        });
        On("system_powerdown", async (_, _) =>
        {
            await EmitAsync("POWERDOWN");
            return _script.GuestHeedsPowerdown ? ScriptedReply.Return().Then(GuestShutdownAsync) : ScriptedReply.Return();
        });
        On("quit", async (_, _) =>
        {
            // QEMU tells first and answers then.
            await EmitShutdownAsync(guest: false, "host-qmp-quit");
            return ScriptedReply.Return().Then(() =>
            {
                Exit();
                return Task.CompletedTask;
            });
        });
    }

    private async Task<ScriptedReply> MoveAsync(string status, string happened)
    {
        if (Status != status)
        {
            Status = status;
            await EmitAsync(happened);
        }
        return ScriptedReply.Return();
    }
}
