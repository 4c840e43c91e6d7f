"""How often, and how fast, one machine's state can be asked for."""
from core.goals import Goal

TITLE = "info"
GOALS = [
    Goal("info over gRPC, 1 caller: calls per second", "1 caller", 4, than="libvirt", at_least=True, rate=True),
    Goal("info over gRPC, 16 callers: calls per second", "16 callers", 4, than="libvirt", at_least=True, rate=True),
    Goal("info over gRPC, 1 caller: p99", "1 caller, p99", 1, than="libvirt"),
    Goal("info over gRPC, 16 callers: p99", "16 callers, p99", 1, than="libvirt"),
    Goal("info over HTTP/JSON, 1 caller, beside gRPC", "1 caller", 0.5, than="qvmc", peer="qvmc http", at_least=True, rate=True),
    Goal("info over HTTP/JSON, 16 callers, beside gRPC", "16 callers", 0.5, than="qvmc", peer="qvmc http", at_least=True, rate=True),
]


def measure(bench):
    calls = bench.pick(8000, 3000)
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:
        qvmc.launch(["asked"], power="paused")
        libvirt.launch("asked", paused=True)

        def of(ask, daemons):
            def contend(number):
                found = {}
                for callers, what in ((1, "1 caller"), (16, "16 callers")):
                    used = daemons.cpu_ms()
                    answer = ask(callers)
                    used = daemons.cpu_ms() - used
                    found[what] = (answer["per_s"], "per s")
                    found[f"{what}, p50"] = answer["p50_ms"]
                    found[f"{what}, p99"] = answer["p99_ms"]
                    found[f"{what}, daemons' processor per call"] = (used * 1000 / calls, "µs")
                return found

            return contend

        bench.interleave(bench.rounds(7, 3), {
            "qvmc": of(lambda callers: qvmc.info("asked", callers, calls), qvmc),
            "qvmc http": of(lambda callers: qvmc.info("asked", callers, calls, by_http=True), qvmc),
            "libvirt": of(lambda callers: libvirt.info("asked", callers, calls), libvirt),
        })
