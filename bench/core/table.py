"""The table: what was to be reached, and all that was measured."""
import statistics

from core.samples import quartiles


def text(rows, samples, about):
    lines = [
        f"# Benchmark of {about['date']}",
        "",
        f"{about['processor']}, Linux {about['kernel']}; {about['qvmc']}; {about['qemu']}; libvirt {about['libvirt']}. "
        f"Load when it began and ended: {about['load'].get('began', '?')} and {about['load'].get('ended', '?')}.",
        f"Asked for: {about['arguments'] or 'everything'}.",
        "",
        "## Goals",
        "",
        "Ratios are those of each round, of which the median counts.",
        "",
        "| what | qvmc | beside it | ratio | least to most | n | goal | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines += [line for goal in row.GOALS if (line := _goal(name, goal, samples))]
    lines += ["", "## Everything", "", "| | what | of | unit | median | middle half | least to most | n |", "|---|---|---|---|---|---|---|---|"]
    for (row, what, peer, size), kept in samples.series.items():
        values = kept["values"]
        low, high = quartiles(values)
        lines.append(
            f"| {row} | {what}{'' if size is None else f', {size:,}'} | {peer} | {kept['unit']} | {number(statistics.median(values))} "
            f"| {number(low)} to {number(high)} | {number(min(values))} to {number(max(values))} | {len(values)} |")
    return "\n".join(lines) + "\n"


def _goal(row, goal, samples):
    values = goal.outcome(row, samples)
    if not values:
        return ""
    ours = statistics.median(samples.values(row, goal.what, goal.peer, goal.size))
    unit = samples.unit(row, goal.what, goal.peer, goal.size)
    beside = ""
    if goal.than:
        of = goal.of or goal.what
        beside = f"{goal.than} {number(statistics.median(samples.values(row, of, goal.than, goal.size)))}"
    ratio = number(statistics.median(values)) if goal.than else ""
    spread = f"{number(min(values))} to {number(max(values))}"
    verdict = "met" if goal.met(values) else "**missed**"
    return f"| {goal.text} | {number(ours)} {unit} | {beside} | {ratio} | {spread} | {len(values)} | {goal.bound_text()} | {verdict} |"


def number(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.4f}"
