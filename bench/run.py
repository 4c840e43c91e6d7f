#!/usr/bin/python3
"""Measures qvmc beside its peers, on the same machine, with the same guest, by turns.

Writes a table, the samples and plots to bench/results/DATE. --from DATE writes table and plots
anew from the samples that are there.
"""
import argparse
import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = ["launch", "client", "info", "lists", "hundred", "restart", "memory", "events", "images", "start", "growth"]


def main():
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"what to measure: {', '.join(ROWS)}; everything unless given")
    parser.add_argument("--quick", action="store_true", help="fewer rounds of smaller sizes, 5 minutes")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of every row, instead of its own number")
    parser.add_argument("--from", dest="source", metavar="DATE", help="measure nothing")
    options = parser.parse_args()
    unknown = [r for r in options.rows if r not in ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]!r}; there are {', '.join(ROWS)}")
    if options.source:
        write(HERE / "results" / options.source, *_read(HERE / "results" / options.source))
        return 0
    if os.geteuid() != 0:
        parser.error("libvirt is run in a mount namespace of its own, which needs root")
    return measure(options)


def measure(options):
    from core import machine
    from core.bench import Bench
    from peers.driver import PROGRAM
    from peers.qvmc import BINARY, IMAGE

    for file in (BINARY, PROGRAM, IMAGE):
        if not file.exists():
            sys.exit(f"there is no {file}; make bench makes all that it needs")
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Unless nohup has it ignored.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(f"stopped by {signal.Signals(number).name}"))
    names = options.rows or ROWS
    rows = {name: importlib.import_module(f"rows.{name}") for name in names}
    about = machine.about(" ".join(sys.argv[1:]), str(BINARY))
    about["load"]["began"] = machine.load()
    bench = Bench(options.quick, options.rounds)
    failed, stopped = [], False
    try:
        for name, row in rows.items():
            print(f"== {row.TITLE}", file=sys.stderr, flush=True)
            bench.row, start = name, time.monotonic()
            try:
                row.measure(bench)
            except Exception:
                # The others are worth having.
                traceback.print_exc()
                failed.append(name)
            bench.say(f"{time.monotonic() - start:.0f} s, load {machine.load()}")
    except (KeyboardInterrupt, SystemExit) as end:
        stopped = True
        print(f"{end or 'stopped by Ctrl-C'}: cleaning up", file=sys.stderr, flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        bench.close()
    about["load"]["ended"] = machine.load()
    directory = HERE / "results" / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    directory.mkdir(parents=True)
    bench.samples.write(directory / "samples.json", about)
    print(write(directory, bench.samples, about))
    print(f"all of it: {directory}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 130 if stopped else 1 if failed else 0


def write(directory, samples, about):
    """Table and plots; the table's text."""
    from core import plots, table

    present = {row for row, *_ in samples.series}
    rows = {name: importlib.import_module(f"rows.{name}") for name in ROWS if name in present}
    text = table.text(rows, samples, about)
    (directory / "table.md").write_text(text)
    plots.draw(rows, samples, directory)
    return text


def _read(directory):
    from core.samples import Samples

    return Samples.read(directory / "samples.json")


sys.path.insert(0, str(HERE))
if __name__ == "__main__":
    sys.exit(main())
