"""A producer with default settings at a steady rate, until standard input ends; then a line of JSON.

Arguments: address, topic, partitions, messages a second. Acks from all and idempotence are on; all else is
the client's default. A value is "0:partition:number". A gap is the time between two acknowledgements of a
partition.
"""

import json
import sys
import threading
import time

from confluent_kafka import Producer

TICK_S = 0.01


class Gaps:
    """The longest time between two acknowledgements."""

    def __init__(self):
        self.last, self.longest, self.at = None, 0, 0

    def note(self, now):
        if self.last is not None and now - self.last > self.longest:
            self.longest, self.at = now - self.last, now
        self.last = now


class SteadyLoad:
    def __init__(self, address, topic, partitions, rate):
        self.topic, self.rate = topic, rate
        settings = {"bootstrap.servers": address, "acks": "all", "enable.idempotence": True}
        self.producer = Producer({**settings, "log_level": 2})
        self.next = [0] * partitions
        self.all, self.each = Gaps(), [Gaps() for _ in range(partitions)]
        self.acknowledged, self.failed, self.slowest = 0, [], 0

    def on_delivery(self, error, message):
        if error:
            self.failed.append(f"{message.value()}: {error}")
            return
        now = time.monotonic()
        self.acknowledged += 1
        self.all.note(now)
        self.each[message.partition()].note(now)
        self.slowest = max(self.slowest, message.latency())

    def send(self, count):
        for _ in range(count):
            partition = sum(self.next) % len(self.next)
            value = f"0:{partition}:{self.next[partition]}"
            self.producer.produce(self.topic, value, partition=partition, on_delivery=self.on_delivery)
            self.next[partition] += 1
        self.producer.poll(0)

    def run(self, stop):
        begin, sent = time.monotonic(), 0
        while not stop.wait(TICK_S):
            due = int((time.monotonic() - begin) * self.rate) - sent
            self.send(due)
            sent += due
        left = self.producer.flush(60)
        worst = max(self.each, key=lambda gaps: gaps.longest)
        outcome = {"sent": sent, "acknowledged": self.acknowledged, "left": left, "failed": self.failed[:5]}
        outcome |= {"seconds": time.monotonic() - begin, "gap": self.all.longest, "slowest": self.slowest}
        outcome |= {"partition_gap": worst.longest, "partition_gap_at": worst.at}
        print(json.dumps(outcome), flush=True)


def main():
    address, topic, partitions, rate = sys.argv[1:]
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    SteadyLoad(address, topic, int(partitions), int(rate)).run(stop)


main()
