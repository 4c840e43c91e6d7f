"""From the call to a machine that runs, to a guest agent that answers, and from a forced stop to no process."""
from core import processes
from core.goals import Goal

TITLE = "launch and stop"
GOALS = [
    Goal("launch call → QEMU running", "running", 1.15, than="bare"),
    Goal("launch command → QEMU running, beside virsh define + start", "running by command", 5, than="libvirt", at_least=True),
    Goal("launch call → guest agent answers", "agent", 1.03, than="bare"),
    Goal("stop (force) → gone, beside SIGKILL", "gone", 2, than="bare"),
    Goal("stop (force) → gone, beside QEMU's own way out", "gone", 2, than="bare", of="gone by quit"),
]


def measure(bench):
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt, bench.bare(qvmc) as bare:

        def ours(number):
            used = qvmc.cpu_ms()
            launched = qvmc.launch(["running"])
            used = qvmc.cpu_ms() - used
            gone = qvmc.driver("stop", names=["running"])["ms"][0]
            qvmc.delete(["running"])
            command, cost = qvmc.client("launch", "command", "--image", "tiny", "--memory", "128M", "--for", "running")
            qvmc.delete(["command"])
            return {"running": launched["ms"][0], "running, processor": used, "gone": gone, "running by command": command}

        def theirs(number):
            used = libvirt.cpu_ms()
            running = libvirt.launch("running")
            used = libvirt.cpu_ms() - used
            gone = libvirt.destroy("running")
            libvirt.remove("running")
            command = libvirt.launch_by_virsh("command")
            libvirt.remove("command")
            return {"running": running, "running, processor": used, "gone": gone, "running by command": command}

        def floor(number):
            running = bare.launch("running")
            gone = bare.kill("running")
            cost = bare.cost_ms("running")
            bare.remove("running")
            bare.launch("quit")
            by_quit = bare.quit("quit")
            bare.remove("quit")
            return {"running": running, "running, processor": cost, "gone": gone, "gone by quit": by_quit}

        bench.interleave(bench.rounds(20, 4), {"qvmc": ours, "libvirt": theirs, "bare": floor})

        def our_agent(number):
            launched = qvmc.launch(["agent"], wait="ready")
            used = processes.cpu_ms(launched["pids"][0])
            qvmc.delete(["agent"])
            return {"agent": launched["ms"][0], "agent, QEMU's processor": used}

        def their_agent(number):
            took = libvirt.launch("agent", until="ready")
            used = processes.cpu_ms(libvirt.pid_of("agent"))
            libvirt.remove("agent")
            return {"agent": took, "agent, QEMU's processor": used}

        def floors_agent(number):
            took = bare.launch("agent", until="ready")
            used = processes.cpu_ms(bare.pid("agent"))
            bare.remove("agent")
            return {"agent": took, "agent, QEMU's processor": used}

        bench.interleave(bench.rounds(10, 1), {"qvmc": our_agent, "libvirt": their_agent, "bare": floors_agent}, warm=0)
