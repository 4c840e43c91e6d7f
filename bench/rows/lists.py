"""Lists of many instances. They are stopped: records on controller and host, and no QEMU."""
import time

from core.goals import Goal

TITLE = "lists"
GOALS = [
    Goal("list of 1,000: first page, ms", "first page", 10, size=1000),
    Goal("list of 10,000: first page, ms", "first page", 10, size=10000),
    Goal("list of 1,000: all, by command, beside virsh list --all", "all by command", 10, than="libvirt", at_least=True, size=1000),
    Goal("list of 1,000: all, by API", "all", 10, than="libvirt", at_least=True, size=1000),
]


def measure(bench):
    rounds = bench.rounds(15, 5)
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:
        made = 0
        for size in bench.pick([1000, 10000], [1000]):
            qvmc.launch([f"m{i}" for i in range(made, size)], power="stopped", parallel=16)
            if size == 1000:
                for i in range(size):
                    libvirt.define(f"m{i}")
            made = size

            def ours(number):
                first = qvmc.driver("list")["ms"]
                whole = qvmc.driver("list", page_size=1000, all=True)
                if whole["count"] != size:
                    raise RuntimeError(f"{whole['count']} of {size} are listed")
                command, cost = qvmc.client("list")
                return {"first page": (first, "ms", size), "all": (whole["ms"], "ms", size), "all by command": (command, "ms", size), "all by command, processor": (cost, "ms", size)}

            def theirs(number):
                start = time.monotonic_ns()
                found = [(d.name(), d.info()) for d in libvirt.connection.listAllDomains()]
                took = (time.monotonic_ns() - start) / 1e6
                if len(found) != size:
                    raise RuntimeError(f"{len(found)} of {size} are listed")
                command, cost = libvirt.virsh("list", "--all")
                return {"all": (took, "ms", size), "all by command": (command, "ms", size), "all by command, processor": (cost, "ms", size)}

            bench.interleave(rounds, {"qvmc": ours, **({"libvirt": theirs} if size == 1000 else {})})
