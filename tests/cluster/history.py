"""What happened in a run: one JSON object a line, each with the kind `op` and monotonic times in nanoseconds.

An operation has `t0` (invoked), `t1` (answered) and `result`: ok, fail (surely without effect) or info
(nobody knows). The checker reads nothing else.

  produce    client, partition, first, count, result, offset, node, attempts, error, idempotent
  read       client, partition, node, high, start, from, runs=[[offset, producer, number, count]...],
             damaged, final
  refused    client, partition, node, offset, error       a reader was told that its offset does not exist
  offsets    partition, node, start, end
  commit     group, partition, offset, result             committed  group, partition, offset
  partition    partition, leader, epoch, isr, told_by    what a node tells of a partition, when it is news
  fault      kind, victims, led, t0, t1 (healed), t2 (whole again; none if it was not in time)
  event      what, text                                   what the harness itself found wrong
"""

import json
import time


class History:
    """Written as it happens, so that a killed run leaves one too."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "w", buffering=1 << 16)
        self.events = 0

    def note(self, op, **fields):
        self.file.write(json.dumps({"op": op, **fields}, separators=(",", ":")) + "\n")

    def event(self, what, text):
        self.events += 1
        self.note("event", what=what, text=text, t0=now(), t1=now())

    def close(self):
        self.file.close()


def now():
    return time.monotonic_ns()


def load(path):
    with open(path) as file:
        return [json.loads(line) for line in file]
