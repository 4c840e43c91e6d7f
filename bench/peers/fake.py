"""Where the QEMU is that is only a monitor."""
from pathlib import Path

FAKE = Path(__file__).with_name("fake-qemu")
