"""A daemon of ours that says on standard error when it is ready."""
import signal
import subprocess
import threading
import time


class Daemon:
    def __init__(self, argv, log, ready):
        """ready: how the line begins that it says when it is; what follows is its address."""
        self._log, self._ready = log, ready
        self._is_ready = threading.Event()
        self.address = ""
        self.ready_ms = 0.0
        self._began = time.monotonic_ns()
        self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self._process.pid

    def await_ready(self, seconds=60):
        if not self._is_ready.wait(seconds) or not self.address:
            raise RuntimeError(f"a daemon did not get ready; {self._log} tells why")
        return self

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, number):
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join()
        self._process.stderr.close()

    def _read(self):
        with open(self._log, "a") as log:
            for line in self._process.stderr:
                if self._ready in line and not self.address:
                    self.ready_ms = (time.monotonic_ns() - self._began) / 1e6
                    self.address = line.split()[-1]
                    self._is_ready.set()
                log.write(line)
        self._is_ready.set()
