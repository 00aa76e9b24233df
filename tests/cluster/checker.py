"""Judges a recorded history: what was lost, doubled, out of order, changed, or went back in time.

Pure: a list of operations (history.py) in, a list of anomalies out; nothing is asked of a cluster.
"""

import collections

STUCK_NS = 30 * 10**9


class Anomaly:
    """`at` is where to look: (partition, time in ns)."""

    def __init__(self, kind, text, partition=None, time_ns=None):
        self.kind, self.text, self.partition, self.time_ns = kind, text, partition, time_ns

    def __repr__(self):
        return f"{self.kind}: {self.text}"


def check(history):
    by_kind = collections.defaultdict(list)
    for operation in history:
        by_kind[operation["op"]].append(operation)
    partitions = {o["partition"] for o in by_kind["produce"] + by_kind["read"]}
    found = []
    for partition in sorted(partitions):
        one = Partition(partition, by_kind)
        found += one.check()
    found += committed_offsets(by_kind)
    found += isolated_acknowledgements(by_kind)
    found += stuck(by_kind)
    found += [Anomaly(e["what"], e["text"], None, e["t0"]) for e in by_kind["event"]]
    return found


class Partition:
    """One partition's operations, and where each value was seen."""

    def __init__(self, number, by_kind):
        self.number = number
        self.found = []
        self.produces = self._of(by_kind["produce"])
        self.reads = self._of(by_kind["read"])
        self.offsets = self._of(by_kind["offsets"])
        self.refused = self._of(by_kind["refused"])
        self.sent = {}  # producer: {number: its operation}
        for operation in self.produces:
            numbers = self.sent.setdefault(operation["client"], {})
            for i in range(operation["count"]):
                numbers[operation["first"] + i] = operation
        self.value_at = {}  # offset: (producer, number), whoever saw it first
        self.final = {}  # offset: (producer, number) at the end

    def _of(self, operations):
        return [o for o in operations if o["partition"] == self.number]

    def report(self, kind, text, operation=None):
        place = f"partition {self.number}: "
        self.found.append(Anomaly(kind, place + text, self.number, operation and operation["t1"]))

    def check(self):
        self._read_values()
        self._acknowledged_values()
        self._lost()
        self._twice_and_order()
        self._skipped()
        self._going_back()
        return self.found

    def _read_values(self):
        for read in self.reads:
            for damage in read.get("damaged", []):
                self.report("damaged", f"{read['client']} read from node {read['node']}: {damage}", read)
            for offset, producer, number, count in read["runs"]:
                for i in range(count):
                    self._saw(offset + i, (producer, number + i), read)
                    if read.get("final"):
                        self.final[offset + i] = (producer, number + i)

    def _saw(self, offset, value, operation):
        known = self.value_at.setdefault(offset, value)
        if known != value:
            self.report("conflict", f"offset {offset} was {known} and is {value}", operation)
        sent = self.sent.get(value[0], {}).get(value[1])
        if sent is None:
            self.report("unexpected", f"offset {offset}: {value} was never sent", operation)
        elif sent["result"] == "fail":
            self.report("unexpected", f"offset {offset}: {value} was refused, and is there", operation)

    def _acknowledged_values(self):
        for produce in self.produces:
            if produce["result"] == "ok" and produce["offset"] >= 0:
                for i in range(produce["count"]):
                    value = (produce["client"], produce["first"] + i)
                    known = self.value_at.setdefault(produce["offset"] + i, value)
                    if known != value:
                        offset = produce["offset"] + i
                        text = f"offset {offset} was acknowledged for {value} and holds {known}"
                        self.report("conflict", text, produce)

    def _lost(self):
        there = set(self.final.values())
        for produce in self.produces:
            if produce["result"] == "ok":
                numbers = range(produce["first"], produce["first"] + produce["count"])
                lost = [n for n in numbers if (produce["client"], n) not in there]
                if lost:
                    text = f"producer {produce['client']}'s {lost[0]} to {lost[-1]}, acknowledged at offset"
                    by = f"{produce['offset']} by node {produce['node']}"
                    self.report("lost", f"{text} {by}", produce)
        for read in self.reads:
            for offset, producer, number, count in read["runs"]:
                if offset + count - 1 not in self.final:
                    text = f"offset {offset} to {offset + count - 1} (producer {producer}'s {number}...)"
                    self.report("read and gone", f"{text} was read by {read['client']}", read)

    def _twice_and_order(self):
        seen, last = {}, {}
        for offset in sorted(self.final):
            producer, number = value = self.final[offset]
            if value in seen:
                self.report("duplicate", f"{value} is at offset {seen[value]} and {offset}")
            elif number < last.get(producer, -1):
                self.report("reordered", f"{value} at offset {offset} comes after {last[producer]}")
            seen.setdefault(value, offset)
            last[producer] = max(number, last.get(producer, -1))

    def _skipped(self):
        """Each reader's offsets follow one another without a gap."""
        expected = collections.defaultdict(int)
        for read in self.reads:
            for offset, _, _, count in read["runs"]:
                if offset != expected[read["client"]]:
                    text = f"{read['client']} got offset {offset} after {expected[read['client']] - 1}"
                    self.report("gap", text, read)
                expected[read["client"]] = offset + count

    def _going_back(self):
        self._rises("a first offset", [(o["t0"], o["t1"], o["start"], o) for o in self.offsets])
        self._rises("a last offset", [(o["t0"], o["t1"], o["end"], o) for o in self.offsets])
        readable = [
            (r["t0"], r["t1"], r["runs"][-1][0] + r["runs"][-1][3], r) for r in self.reads if r["runs"]
        ]
        ends = [(o["t0"], o["t1"], o["end"], o) for o in self.offsets]
        for when, value, seen, operation in fallen(ends, readable):
            text = f"the last offset was {value} after {seen} could be read"
            self.report("back in time", text, operation)
        for read in self.refused:
            text = f"node {read['node']} told {read['client']} that {read['offset']} is out of range"
            self.report("back in time", text, read)

    def _rises(self, what, observations):
        for _, value, seen, operation in fallen(observations, observations):
            self.report("back in time", f"{what} went from {seen} to {value}", operation)


def fallen(observations, bounds):
    """Those observations (t0, t1, value, operation) below what a bound that was answered before had shown."""
    answered = sorted(bounds, key=lambda one: one[1])
    highest, at = -1, 0
    for t0, _, value, operation in sorted(observations, key=lambda one: one[0]):
        while at < len(answered) and answered[at][1] < t0:
            highest, at = max(highest, answered[at][2]), at + 1
        if value < highest:
            yield t0, value, highest, operation


def committed_offsets(by_kind):
    """A group's committed offset is at least what was committed, and what was found committed, before."""
    found = []
    groups = collections.defaultdict(lambda: ([], []))
    for operation in by_kind["committed"]:
        entry = (operation["t0"], operation["t1"], operation["offset"], operation)
        groups[operation["group"], operation["partition"]][0].append(entry)
    for operation in by_kind["commit"]:
        if operation["result"] == "ok":
            entry = (operation["t0"], operation["t1"], operation["offset"], operation)
            groups[operation["group"], operation["partition"]][1].append(entry)
    for (group, partition), (looks, commits) in sorted(groups.items()):
        for _, value, seen, operation in fallen(looks, looks + commits):
            text = f"group {group}, partition {partition}: {value} is committed after {seen} was"
            found.append(Anomaly("committed offset back", text, partition, operation["t1"]))
    return found


def isolated_acknowledgements(by_kind):
    """A node that no other node hears can't have anything sent after that acknowledged by all in sync."""
    found = []
    for fault in by_kind["fault"]:
        until = fault.get("isolated_until", fault["t1"])
        for victim in fault.get("isolated", []):
            for produce in by_kind["produce"]:
                inside = fault["t0"] < produce["t0"] and produce["t1"] < until
                if produce["result"] == "ok" and produce["node"] == victim and inside:
                    text = f"node {victim}, isolated, acknowledged producer {produce['client']}'s"
                    text += f" {produce['first']} of partition {produce['partition']}"
                    found.append(Anomaly("minority", text, produce["partition"], produce["t1"]))
    return found


def stuck(by_kind):
    """Who waits for an answer longer than 30 s while nothing is wrong."""
    found = []
    faults = sorted((f["t0"], f["t1"]) for f in by_kind["fault"])
    for produce in by_kind["produce"]:
        calm = produce["t0"]
        for begin, end in faults:
            if begin < produce["t1"] and end > calm:
                calm = max(calm, end)
        if produce["t1"] - calm > STUCK_NS:
            text = f"producer {produce['client']}'s {produce['first']} of partition {produce['partition']}"
            text += f" took {(produce['t1'] - calm) / 1e9:.0f} s after the last fault ({produce['error']})"
            found.append(Anomaly("stuck", text, produce["partition"], produce["t1"]))
    for fault in by_kind["fault"]:
        if fault.get("t2") is None or fault["t2"] - fault["t1"] > STUCK_NS:
            text = f"{fault['kind']} of {fault['victims']}: not whole again 30 s after it was healed"
            found.append(Anomaly("stuck", text, None, fault["t1"]))
    return found
