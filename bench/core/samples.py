"""What was measured: lists of values, a value a round."""
import json
import statistics


class Samples:
    """Values by row, what was measured of it, and whose it is. Rounds stand in the same order for every peer."""

    def __init__(self):
        self.series = {}

    def add(self, row, what, peer, value, unit="ms", size=None):
        """size: of what cost is measured against, where it grows."""
        key = (row, what, peer, size)
        self.series.setdefault(key, {"unit": unit, "values": []})["values"].append(value)

    def values(self, row, what, peer, size=None):
        return self.series.get((row, what, peer, size), {"values": []})["values"]

    def unit(self, row, what, peer, size=None):
        return self.series[(row, what, peer, size)]["unit"]

    def write(self, file, about):
        series = [
            {"row": row, "what": what, "peer": peer, "size": size, **kept}
            for (row, what, peer, size), kept in self.series.items()
        ]
        file.write_text(json.dumps({"about": about, "series": series}, indent=1) + "\n")

    @staticmethod
    def read(file):
        """The samples of a file, and what it says about the run."""
        kept = json.loads(file.read_text())
        samples = Samples()
        for s in kept["series"]:
            key = (s["row"], s["what"], s["peer"], s["size"])
            samples.series[key] = {"unit": s["unit"], "values": s["values"]}
        return samples, kept["about"]


def quartiles(values):
    """The middle half's bounds; of few values, the least and the most."""
    if len(values) < 4:
        return min(values), max(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
