"""Images of size: uploads over HTTP and imports by the client, beside what is their measure on the same file.

A qcow2 file is kept as it comes, a raw one becomes qcow2, and of a sparse one only what was written is read. cp writes it,
"openssl dgst" and sha256sum read it and hash, "qemu-img convert -W -m 16" converts. Nothing of these waits for the disk, but
an upload does.
"""
import os
import subprocess
from pathlib import Path

from core import processes
from core.goals import Goal

TITLE = "images"
GOALS = [
    Goal("import of raw by the client, beside the slowest of convert, cp, openssl", "import of raw", 1.15, than="bare", of="slowest"),
    Goal("upload of raw over HTTP, beside the same", "upload of raw", 1.15, than="bare", of="slowest"),
    Goal("upload of raw over HTTP, beside the slower of cp, sha256sum", "upload of raw", 1.15, than="bare", of="slower of cp, sha256sum"),
    Goal("upload of qcow2 over HTTP, beside the slower of cp, openssl", "upload of qcow2", 1.15, than="bare", of="slower of cp, openssl"),
]


def measure(bench):
    mib = bench.pick(2048, 256)
    raw, qcow2, small, sparse, copy = (bench.directory / name for name in ("disk.raw", "disk.qcow2", "small.qcow2", "sparse.raw", "copy"))
    _make_raw(raw, mib)
    _make_sparse(sparse, 10 * mib)
    _make_qcow2(raw, qcow2)
    _make_raw(bench.directory / "small.raw", 64)
    _make_qcow2(bench.directory / "small.raw", small)
    with bench.qvmc(image=False) as qvmc:
        watched = _Watched(qvmc)

        def ours(number):
            found = {}
            for name, file, kind in (("small", small, "qcow2"), ("qcow2", qcow2, "qcow2"), ("raw", raw, "raw")):
                found.update(watched.upload(name, file, kind))
            for name, file in (("raw", raw), ("sparse raw", sparse)):
                _settle()
                found[f"import of {name}"], found[f"import of {name}, client's processor"] = qvmc.client("image", "import", "bench", str(file))
                qvmc.client("image", "delete", "bench")
            return found

        def theirs(number):
            found = {}
            for what, file, argv in (
                ("cp", qcow2, ["cp", str(qcow2), str(copy)]),
                ("cp of raw", raw, ["cp", str(raw), str(copy)]),
                ("sha256sum", qcow2, ["sha256sum", str(qcow2)]),
                ("openssl dgst", qcow2, ["openssl", "dgst", "-sha256", str(qcow2)]),
                ("qemu-img convert -W -m 16", raw, ["qemu-img", "convert", "-W", "-m", "16", "-O", "qcow2", str(raw), str(copy)]),
                ("qemu-img convert of sparse raw", sparse, ["qemu-img", "convert", "-W", "-m", "16", "-O", "qcow2", str(sparse), str(copy)]),
            ):
                _settle()
                found[what], _ = processes.run(argv)
                copy.unlink(missing_ok=True)
            found["slower of cp, sha256sum"] = max(found["cp"], found["sha256sum"])
            found["slower of cp, openssl"] = max(found["cp"], found["openssl dgst"])
            found["slowest"] = max(found["cp of raw"], found["openssl dgst"], found["qemu-img convert -W -m 16"])
            return found

        # The first of everything finds nothing warm.
        bench.interleave(bench.rounds(5, 3), {"qvmc": ours, "bare": theirs})
    for file in (raw, qcow2, small, sparse, bench.directory / "small.raw"):
        file.unlink()


class _Watched:
    """Uploads whose cost in the daemons is looked at."""

    def __init__(self, qvmc):
        self._qvmc = qvmc
        self._http = qvmc.daemons["gateway"].address

    def upload(self, name, file, kind):
        _settle()
        daemons = {n: self._qvmc.daemons[n].pid for n in ("gateway", "controller")}
        before = {n: _status(pid, "VmRSS") for n, pid in daemons.items()}
        for pid in daemons.values():
            # The most that it held counts from now (proc(5), clear_refs).
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        used = self._qvmc.cpu_ms()
        took, _ = processes.run(["curl", "-sS", "--fail-with-body", "-X", "POST", "-T", str(file), "-H", "Content-Type: application/octet-stream", "-H", "Expect:", f"{self._http}/v1/images?name=bench&format={kind}"])
        used = self._qvmc.cpu_ms() - used
        found = {f"upload of {name}": took, f"upload of {name}, daemons' processor": used}
        for daemon, pid in daemons.items():
            most = _status(pid, "VmHWM")
            found[f"upload of {name}, held at most by {daemon}"] = (most, "MiB")
            found[f"upload of {name}, more than before in {daemon}"] = (most - before[daemon], "MiB")
        processes.run(["curl", "-sS", "--fail-with-body", "-X", "DELETE", f"{self._http}/v1/images/bench"])
        return found


def _settle():
    """What was written before shall not burden what comes now."""
    os.sync()


def _status(pid, field):
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024


def _make_raw(file, mib):
    """Half random, half zeros, by turns of 32 MiB."""
    with open(file, "wb") as out:
        for _ in range(0, mib, 64):
            out.write(os.urandom(32 << 20))
            out.write(bytes(32 << 20))


def _make_sparse(file, mib):
    """A disk as guests leave it: 16 parts of random, of together a fortieth, and holes."""
    with open(file, "wb") as out:
        out.truncate(mib << 20)
        for part in range(16):
            out.seek(part * (mib << 20) // 16)
            out.write(os.urandom((mib << 20) // 40 // 16))


def _make_qcow2(raw, qcow2):
    # -S 0: zeros are written too, so that both files have the same size.
    subprocess.run(["qemu-img", "convert", "-S", "0", "-O", "qcow2", str(raw), str(qcow2)], check=True)
