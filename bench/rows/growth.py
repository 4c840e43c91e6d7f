"""How cost grows with the number of instances. They are stopped: records on controller and host, and no QEMU."""
import time

from core import processes

TITLE = "growth"
GOALS = []
UNTIL_BY_LIBVIRT = 1000


def measure(bench):
    sizes = bench.pick([10, 100, 1000, 10000], [10, 100])
    rounds = bench.rounds(5, 2)
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:
        made = 0
        for size in sizes:
            names = [f"m{i}" for i in range(made, size)]
            used, peer_used = qvmc.cpu_ms(), libvirt.cpu_ms()
            wall = qvmc.launch(names, power="stopped", parallel=16)["wall_ms"]
            bench.add("create, wall, each", "qvmc", wall / len(names), "ms", size)
            bench.add("create, processor, each", "qvmc", (qvmc.cpu_ms() - used) / len(names), "ms", size)
            start = time.monotonic_ns()
            for name in names if size <= UNTIL_BY_LIBVIRT else []:
                libvirt.define(name)
            if size <= UNTIL_BY_LIBVIRT:
                bench.add("create, wall, each", "libvirt", (time.monotonic_ns() - start) / 1e6 / len(names), "ms", size)
                bench.add("create, processor, each", "libvirt", (libvirt.cpu_ms() - peer_used) / len(names), "ms", size)
            made = size
            small = size <= UNTIL_BY_LIBVIRT
            bench.interleave(rounds, {
                "qvmc": lambda _, n=size: _ours(qvmc, n),
                **({"libvirt": lambda _, n=size: _theirs(libvirt, n)} if small else {}),
            })
            # Apart from the rest, for daemons that have just begun are slower for a while.
            bench.interleave(rounds, {
                "qvmc": lambda _, n=size: _our_restart(qvmc, n),
                **({"libvirt": lambda _, n=size: _their_restart(libvirt, n)} if small else {}),
            }, warm=0)


def _ours(qvmc, size):
    found = {
        "memory, private": (qvmc.private_mib(), "MiB", size),
        "list, first page": (qvmc.driver("list")["ms"], "ms", size),
        "list, all": (qvmc.driver("list", page_size=1000, all=True)["ms"], "ms", size),
        "info": (qvmc.info("m5", 1, 200)["p50_ms"], "ms", size),
        "launch → running": (qvmc.launch(["one"])["ms"][0], "ms", size),
    }
    qvmc.delete(["one"])
    return found


def _our_restart(qvmc, size):
    qvmc.kill()
    start = time.monotonic_ns()
    qvmc.start()
    qvmc.driver("known", count=size, state="stopped")
    return {"killed → known again": ((time.monotonic_ns() - start) / 1e6, "ms", size)}


def _theirs(libvirt, size):
    start = time.monotonic_ns()
    len([(d.name(), d.info()) for d in libvirt.connection.listAllDomains()])
    found = {
        "list, all": ((time.monotonic_ns() - start) / 1e6, "ms", size),
        "memory, private": (processes.private_mib(libvirt.pid), "MiB", size),
        "info": (libvirt.info("m5", 1, 200)["p50_ms"], "ms", size),
        "launch → running": (libvirt.launch("one"), "ms", size),
    }
    libvirt.remove("one")
    return found


def _their_restart(libvirt, size):
    libvirt.kill()
    return {"killed → known again": (libvirt.start(), "ms", size)}
