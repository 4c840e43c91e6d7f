"""Many machines at once, created and started with processors that stand still, and removed again."""
import time
from concurrent.futures import ThreadPoolExecutor

from core.goals import Goal

TITLE = "many machines at once"
LIBVIRT_THREADS = 8
GOALS = [
    Goal("created and started, paused: beside the best of the floor's", "started", 1.3, than="bare"),
    Goal("created and started, paused: beside libvirt with 8 threads", "started", 4, than="libvirt", at_least=True),
]


def measure(bench):
    count = bench.pick(100, 20)
    names = [f"m{i}" for i in range(count)]
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt, bench.bare(qvmc) as bare:

        def ours(number):
            used = qvmc.cpu_ms()
            started = qvmc.launch(names, power="paused", parallel=count)["wall_ms"]
            used = qvmc.cpu_ms() - used
            removed = qvmc.delete(names, parallel=count)["wall_ms"]
            return {"started": started, "started, daemons' processor each": used / count, "removed": removed}

        def theirs(number):
            used = libvirt.cpu_ms()
            started = libvirt.launch_many(names, LIBVIRT_THREADS)
            used = libvirt.cpu_ms() - used
            removed = libvirt.remove_many(names, LIBVIRT_THREADS)
            return {"started": started, "started, daemons' processor each": used / count, "removed": removed}

        def floor(number):
            found = {}
            for workers in (2, 4):
                with ThreadPoolExecutor(workers) as pool:
                    start = time.monotonic_ns()
                    list(pool.map(lambda name: bare.launch(name, paused=True), names))
                    found[workers] = (time.monotonic_ns() - start) / 1e6
                    start = time.monotonic_ns()
                    list(pool.map(bare.remove, names))
                    removed = (time.monotonic_ns() - start) / 1e6
            return {"started": min(found.values()), "removed": removed}

        bench.interleave(bench.rounds(5, 2), {"qvmc": ours, "libvirt": theirs, "bare": floor}, warm=0)
