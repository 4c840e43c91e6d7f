"""The daemons are killed while many machines are there; until all of them are known again."""
import time

import libvirt as api

from core.goals import Goal

TITLE = "daemons killed"
GOALS = [Goal("killed with 100 machines (quick: 20) → all known again", "known again", 0.5, than="libvirt")]


def measure(bench):
    count = bench.pick(100, 20)
    names = [f"m{i}" for i in range(count)]
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:
        qvmc.launch(names, power="paused", parallel=8)
        libvirt.launch_many(names, 8)

        def ours(number):
            qvmc.kill()
            start = time.monotonic_ns()
            # The gateway has no part in it, but is up as well.
            qvmc.start()
            qvmc.driver("known", count=count, state="paused")
            return {"known again": (time.monotonic_ns() - start) / 1e6}

        def theirs(number):
            libvirt.kill()
            start = time.monotonic_ns()
            libvirt.start()
            while True:
                states = [d.state()[0] for d in libvirt.connection.listAllDomains(api.VIR_CONNECT_LIST_DOMAINS_ACTIVE)]
                if states.count(api.VIR_DOMAIN_PAUSED) == count:
                    break
                time.sleep(0.002)
            return {"known again": (time.monotonic_ns() - start) / 1e6}

        bench.interleave(bench.rounds(7, 2), {"qvmc": ours, "libvirt": theirs})
