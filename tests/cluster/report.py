"""What a run amounts to: faults and recoveries by kind, operations, availability, anomalies.

The silence of a fault is the longest time in which some partition acknowledged nothing, begun between the
fault and its healing. The recovery is the time from the healing to the moment when all is whole again.
"""

import bisect
import collections
import json
import statistics

WINDOW_NS = 100 * 10**6
SHOWN_OF_A_KIND, SHOWN_OPERATIONS = 3, 50


def acknowledgements(history):
    """{partition: sorted times}."""
    found = collections.defaultdict(list)
    for operation in history:
        if operation["op"] == "produce" and operation["result"] == "ok":
            found[operation["partition"]].append(operation["t1"])
    return {partition: sorted(times) for partition, times in found.items()}


def silence(times, begin, end):
    """The longest gap between two acknowledgements that begins before `end` and ends after `begin`."""
    first = max(bisect.bisect_right(times, begin) - 1, 0)
    last = min(bisect.bisect_right(times, end), len(times) - 1)
    return max((times[i + 1] - max(times[i], begin) for i in range(first, last)), default=0)


def summary(values):
    values = sorted(values)
    return dict(p50=round(statistics.median(values)), max=round(values[-1])) if values else None


def by_kind(history):
    """{kind: dict(count, silence_ms, recovery_ms)}, of all partitions the worst."""
    times = acknowledgements(history)
    found = {}
    for fault in history:
        if fault["op"] != "fault":
            continue
        kind = found.setdefault(fault["kind"], dict(count=0, silence_ms=[], recovery_ms=[]))
        kind["count"] += 1
        gaps = [silence(each, fault["t0"], fault["t1"]) for each in times.values()]
        kind["silence_ms"].append(max(gaps, default=0) / 1e6)
        if fault["t2"] is not None:
            kind["recovery_ms"].append((fault["t2"] - fault["t1"]) / 1e6)
    for kind in found.values():
        kind["silence_ms"], kind["recovery_ms"] = summary(kind["silence_ms"]), summary(kind["recovery_ms"])
    return found


def availability(history):
    """The part of all 100 ms windows, from the first acknowledgement to the last, that have one."""
    times = sorted(t for each in acknowledgements(history).values() for t in each)
    if len(times) < 2:
        return 0.0
    windows = {(t - times[0]) // WINDOW_NS for t in times}
    return len(windows) / ((times[-1] - times[0]) // WINDOW_NS + 1)


def operations(history):
    found = collections.Counter()
    for operation in history:
        kind = operation["op"]
        found[f"{kind} {operation['result']}" if "result" in operation else kind] += 1
        if kind == "produce" and operation["result"] == "ok":
            found["messages acknowledged"] += operation["count"]
            found["batches sent again"] += operation["attempts"] > 1
        if kind == "read" and not operation.get("final"):
            found["messages read"] += sum(run[3] for run in operation["runs"])
    return dict(sorted(found.items()))


def around(history, anomaly):
    """The operations on the anomaly's partition that are nearest in time."""
    if anomaly.time_ns is None:
        return []
    near = [o for o in history if o.get("partition", anomaly.partition) == anomaly.partition and "t1" in o]
    near.sort(key=lambda o: abs(o["t1"] - anomaly.time_ns))
    return sorted(near[:SHOWN_OPERATIONS], key=lambda o: o["t1"])


def examples(anomalies):
    """The first few of each kind."""
    seen = collections.Counter()
    for anomaly in anomalies:
        seen[anomaly.kind] += 1
        if seen[anomaly.kind] <= SHOWN_OF_A_KIND:
            yield anomaly


def make(about, history, anomalies):
    """Everything, ready for JSON. `about`: what the run was."""
    shown = [dict(kind=a.kind, text=a.text, around=around(history, a)) for a in examples(anomalies)]
    return dict(
        about,
        faults=by_kind(history),
        operations=operations(history),
        availability=round(availability(history), 4),
        anomalies=dict(collections.Counter(a.kind for a in anomalies)),
        shown=shown,
    )


def text(made):
    """One page for people."""
    count = sum(kind["count"] for kind in made["faults"].values())
    lines = [f"{made['broker']}, {made['nodes']} nodes, seed {made['seed']}: "]
    lines[0] += f"{count} faults in {made['seconds']:.0f} s"
    lines.append(f"{'fault':24}{'times':>6}{'silence ms p50':>16}{'max':>8}{'recovery ms p50':>17}{'max':>8}")
    for name, kind in sorted(made["faults"].items()):
        line = f"{name:24}{kind['count']:6}"
        for figures, width in ((kind["silence_ms"], 16), (kind["recovery_ms"], 17)):
            line += f"{figures['p50']:{width}}{figures['max']:8}" if figures else f"{'-':>{width}}{'-':>8}"
        lines.append(line)
    if made["left_out"]:
        lines.append("left out here: " + ", ".join(made["left_out"]))
    lines.append("; ".join(f"{name} {number}" for name, number in made["operations"].items()))
    lines.append(f"availability {made['availability']:.1%} of windows of 100 ms")
    lines += [f"ANOMALY {one['kind']}: {one['text']}" for one in made["shown"]]
    lines.append("anomalies: " + (", ".join(f"{n} {k}" for k, n in made["anomalies"].items()) or "none"))
    return "\n".join(lines)


def write(made, path):
    with open(path, "w") as file:
        json.dump(made, file, indent=1)
