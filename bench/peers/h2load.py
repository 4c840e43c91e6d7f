"""Calls of the daemons by nghttp2's load generator: so lean that the daemons are what is measured."""
import re
import subprocess
import tempfile
from pathlib import Path

GRPC = ["-H", "content-type: application/grpc", "-H", "te: trailers"]


def grpc(socket, path, message, callers, calls):
    """One gRPC method over a Unix socket; its request in protobuf's bytes."""
    with tempfile.NamedTemporaryFile() as body:
        # A gRPC message: not compressed, its length, itself.
        body.write(b"\0" + len(message).to_bytes(4, "big") + message)
        body.flush()
        return _run([*GRPC, "-d", body.name, "-B", f"unix:{socket}", f"http://localhost{path}"], callers, calls)


def http(url, callers, calls):
    """The same over HTTP/1.1, as most clients come."""
    return _run(["--h1", url], callers, calls)


def _run(arguments, callers, calls):
    """Calls one after another by each caller on a connection of his own: calls per second, and milliseconds."""
    calls -= calls % callers
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        told = subprocess.run(
            ["h2load", "-n", str(calls), "-c", str(callers), "-m", "1", f"--log-file={log}", *arguments],
            check=True, capture_output=True, text=True).stdout
        # Start in µs since the epoch, status, µs that it took; a tab between.
        requests = [[int(field) for field in line.split("\t")] for line in log.read_text().splitlines()]
    # A refused gRPC call has status 200 too, but brings no data.
    data = int(re.search(r"\((\d+)\) data", told)[1])
    if len(requests) != calls or any(status != 200 for _, status, _ in requests) or data < calls:
        raise RuntimeError(f"h2load {' '.join(arguments)}: {told}")
    times = sorted(took / 1000 for _, _, took in requests)
    seconds = (max(start + took for start, _, took in requests) - min(start for start, _, _ in requests)) / 1e6
    return {"per_s": calls / seconds, "p50_ms": times[calls // 2], "p99_ms": times[calls * 99 // 100]}
