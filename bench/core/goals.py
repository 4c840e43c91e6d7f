"""What is to be reached, and whether it was."""
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A bound of one of our figures, or of its ratio to a peer's of the same round.

    faster: the ratio is the peer's by ours, so that more is better; for rates it is ours by the peer's anyway.
    """

    text: str
    what: str
    bound: float
    than: str = ""
    of: str = ""
    peer: str = "qvmc"
    at_least: bool = False
    rate: bool = False
    scale: float = 1.0
    size: int | None = None

    def outcome(self, row, samples):
        """The values of each round, or none when it was not measured."""
        ours = samples.values(row, self.what, self.peer, self.size)
        if not self.than:
            return [v * self.scale for v in ours]
        theirs = samples.values(row, self.of or self.what, self.than, self.size)
        pairs = [(a, b) for a, b in zip(ours, theirs) if a > 0 and b > 0]
        if self.at_least and not self.rate:
            return [b / a for a, b in pairs]
        return [a / b for a, b in pairs]

    def met(self, values):
        middle = statistics.median(values)
        return middle >= self.bound if self.at_least else middle <= self.bound

    def bound_text(self):
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.bound:g}" + (f" × {self.than}" if self.than else "")
