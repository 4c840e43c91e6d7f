"""From an event of QEMU's to a client of the gateway's events.

A QEMU that is only a monitor says by turns, on a signal, that its processors stand still and that they run again. The
clock is taken before the signal, so the way of that is in the figure.
"""
import os
import signal
import time

from core.goals import Goal
from core.samples import percentile
from peers.fake import FAKE

TITLE = "events"
GOALS = [Goal("QEMU event → SSE client, p99, ms", "event to client, p99", 5)]


def measure(bench):
    events = bench.pick(500, 200)
    with bench.qvmc(qemu_binary=str(FAKE)) as qvmc:
        pid = qvmc.launch(["told"])["pids"][0]
        qvmc.driver("tap")
        for number in range(-1, bench.rounds(5, 3)):
            times = []
            for event in range(events):
                happened, state = ((signal.SIGUSR1, "STATE_PAUSED"), (signal.SIGUSR2, "STATE_RUNNING"))[event % 2]
                at = time.monotonic_ns()
                os.kill(pid, happened)
                seen = qvmc.driver("tapped", name="told", state=state)["at_ns"]
                times.append((seen - at) / 1e6)
            if number >= 0:
                bench.add("event to client, p50", "qvmc", percentile(times, 0.5))
                bench.add("event to client, p99", "qvmc", percentile(times, 0.99))
        qvmc.driver("untap")
