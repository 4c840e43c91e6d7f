"""Plots, as SVG: how far each goal is, every sample of every row, and how cost grows."""
import statistics

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

COLOURS = {"qvmc": "#1f6fb4", "qvmc http": "#7fb2d9", "libvirt": "#d1762b", "bare": "#6b6b6b"}


def draw(rows, samples, directory):
    _goals(rows, samples, directory / "goals.svg")
    for name in rows:
        if name != "growth":
            _row(name, rows[name].TITLE, samples, directory / f"{name}.svg")
    _growth(samples, directory / "growth.svg")


def _goals(rows, samples, file):
    """Each as a share of its bound: left of the line it is met."""
    bars = []
    for name, row in rows.items():
        for goal in row.GOALS:
            values = [goal.bound / v if goal.at_least else v / goal.bound for v in goal.outcome(name, samples) if v > 0]
            if values:
                bars.append((goal.text, values))
    if not bars:
        return
    figure, axes = pyplot.subplots(figsize=(11, 0.8 + 0.34 * len(bars)))
    for place, (_, values) in enumerate(reversed(bars)):
        middle = statistics.median(values)
        axes.plot([min(values), max(values)], [place, place], color="#999999", linewidth=3, solid_capstyle="butt")
        axes.plot(middle, place, "o", color="#2a8a3e" if middle <= 1 else "#c0392b")
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(bars)), [text for text, _ in reversed(bars)])
    axes.set_xlabel("share of the bound: median, least to most; left of 1 is met")
    _save(figure, file)


def _row(name, title, samples, file):
    """A field for each thing that several peers were measured by."""
    whats = {}
    for (row, what, peer, size), kept in samples.series.items():
        if row == name and "processor" not in what:
            label = what if size is None else f"{what}, {size:,}"
            whats.setdefault((label, kept["unit"]), {})[peer] = kept["values"]
    if not whats:
        return
    figure, fields = pyplot.subplots(len(whats), 1, figsize=(9, 0.5 + 0.9 * len(whats)), squeeze=False)
    for axes, ((label, unit), peers) in zip(fields[:, 0], whats.items()):
        for place, (peer, values) in enumerate(reversed(peers.items())):
            axes.plot(values, [place] * len(values), "o", alpha=0.5, markersize=4, color=COLOURS.get(peer, "black"))
            axes.plot(statistics.median(values), place, "|", markersize=14, color=COLOURS.get(peer, "black"))
        axes.set_yticks(range(len(peers)), list(reversed(peers)))
        axes.set_ylim(-0.6, len(peers) - 0.4)
        axes.set_xlim(left=0)
        axes.set_title(f"{label} ({unit})", fontsize=8, loc="left", pad=2)
        axes.tick_params(labelsize=7)
    figure.suptitle(title)
    _save(figure, file)


def _growth(samples, file):
    curves = {}
    for (row, what, peer, size), kept in samples.series.items():
        if row == "growth":
            curves.setdefault((what, kept["unit"]), {}).setdefault(peer, []).append((size, kept["values"]))
    if not curves:
        return
    columns = 3
    height = (len(curves) + columns - 1) // columns
    figure, fields = pyplot.subplots(height, columns, figsize=(12, 3 * height), squeeze=False)
    for axes in fields.flat[len(curves):]:
        axes.set_visible(False)
    for axes, ((what, unit), peers) in zip(fields.flat, curves.items()):
        for peer, points in peers.items():
            sizes = [size for size, _ in points]
            axes.fill_between(sizes, [min(v) for _, v in points], [max(v) for _, v in points], alpha=0.2, color=COLOURS[peer], linewidth=0)
            axes.plot(sizes, [statistics.median(v) for _, v in points], "o-", color=COLOURS[peer], label=peer, markersize=4)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(f"{what} ({unit})", fontsize=9)
        axes.legend(fontsize=7)
    _save(figure, file)


def _save(figure, file):
    figure.tight_layout()
    figure.savefig(file)
    pyplot.close(figure)
