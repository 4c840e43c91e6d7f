"""One run of the benchmark: its peers, its rounds, and what they gave."""
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from core import processes
from core.samples import Samples
from peers.bare import Bare
from peers.libvirtd import Libvirt
from peers.qvmc import Qvmc

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "build/tiny.qcow2"
MEMORY_MIB = 128


class Bench:
    """Holds a directory of its own, in which everything is that it makes."""

    def __init__(self, quick, rounds):
        self.quick = quick
        self._rounds = rounds
        self.samples = Samples()
        self.directory = Path(tempfile.mkdtemp(prefix="qvmc-bench.", dir="/tmp"))
        self.row = ""
        self._open = []
        self._seed = None

    def rounds(self, full, quick):
        """How many rounds a row makes, unless the command line says."""
        return self._rounds or (quick if self.quick else full)

    def pick(self, full, quick):
        """A size, by how thorough the run is."""
        return quick if self.quick else full

    def say(self, text):
        print(f"   {text}", file=sys.stderr, flush=True)

    def add(self, what, peer, value, unit="ms", size=None):
        self.samples.add(self.row, what, peer, value, unit, size)

    @contextmanager
    def qvmc(self, **settings):
        """The three daemons, anew, with the image of the tiny guest."""
        with self._peer(Qvmc(self._new_directory(), **settings)) as qvmc:
            yield qvmc

    @contextmanager
    def libvirt(self):
        with self._peer(Libvirt(self._new_directory(), IMAGE, self.seed())) as libvirt:
            yield libvirt

    @contextmanager
    def bare(self, qvmc):
        """QEMU by a script, with the very arguments that qvmc gives it."""
        with self._peer(Bare(self._new_directory(), qvmc)) as bare:
            yield bare

    def seed(self):
        """A seed volume such as qvmc writes."""
        if self._seed is None:
            with self.qvmc() as qvmc:
                qvmc.launch(["seed"], power="paused")
                self._seed = self.directory / "seed.iso"
                shutil.copy(next(qvmc.machines.glob("*/seed.iso")), self._seed)
        return self._seed

    def interleave(self, count, contenders, warm=1):
        """Each round every contender has its turn, in an order that changes; what it gives, {what: value}, is kept."""
        for number in range(-warm, count):
            order = list(contenders.items())
            if number % 2:
                order.reverse()
            for peer, contend in order:
                for what, value in contend(max(number, 0)).items():
                    if number >= 0:
                        self.add(what, peer, *(value if isinstance(value, tuple) else (value,)))

    def close(self):
        """Ends what is left of everything, and removes it."""
        while self._open:
            self._open.pop().close()
        processes.kill(processes.of_directory(self.directory))
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextmanager
    def _peer(self, peer):
        self._open.append(peer)
        try:
            peer.open()
            yield peer
        finally:
            self._open.remove(peer)
            peer.close()

    def _new_directory(self):
        return Path(tempfile.mkdtemp(prefix="", dir=self.directory))

