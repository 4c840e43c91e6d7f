"""How large the binary is, and how long each daemon takes until it is ready: alone while the others are up, and all at once."""
import time

from core import processes
from core.goals import Goal
from peers.qvmc import BINARY, NAMES

TITLE = "binary and start"
GOALS = [
    Goal("size of the binary, MB", "binary", 30),
    *[Goal(f"start of qvmc {name} to ready, ms", f"{name} ready", 150) for name in NAMES],
]


def measure(bench):
    bench.add("binary", "qvmc", BINARY.stat().st_size / 1e6, "MB")
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:

        def ours(number):
            qvmc.kill()
            start = time.monotonic_ns()
            qvmc.start()
            found = {"all ready": (time.monotonic_ns() - start) / 1e6}
            # The controller is ready when its host has answered: by one that has answered before.
            for name in reversed(NAMES):
                qvmc.daemons[name].kill()
                daemon = qvmc.start_one(name)
                found[f"{name} ready"] = daemon.ready_ms
                found[f"{name} ready, processor"] = processes.cpu_ms(daemon.pid)
            return found

        def theirs(number):
            libvirt.kill()
            return {"libvirtd answers": libvirt.start()}

        bench.interleave(bench.rounds(15, 5), {"qvmc": ours, "libvirt": theirs})
