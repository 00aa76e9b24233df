"""Idempotent producers that never give up: writes what was acknowledged to a file, until standard input ends.

Arguments: address, topic, partitions, producers, messages a second, file of acknowledgements. A value is
"producer:partition:number", numbered from 0 for each pair; a line of the file is that value and its offset.
Standard output gets the number of acknowledgements a few times a second.
"""

import os
import sys
import threading
import time

from confluent_kafka import Producer

MAX_WAITING = 2000
SETTINGS = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 2,
    "message.timeout.ms": int(os.environ.get("WEIR_MESSAGE_TIMEOUT_MS", "0")),  # 0: never
    "log_level": 2,
    "reconnect.backoff.max.ms": 200,
}


class Load:
    def __init__(self, address, topic, partitions, producers, rate, path):
        self.topic, self.partitions, self.rate = topic, partitions, rate
        self.producers = [Producer({**SETTINGS, "bootstrap.servers": address}) for _ in range(producers)]
        self.next = [[0] * partitions for _ in range(producers)]
        self.acknowledged, self.failed = 0, []
        self.file = open(path, "w")

    def on_delivery(self, error, message):
        if error:
            self.failed.append(f"{message.value()}: {error}")
            return
        self.file.write(f"{message.value().decode()} {message.offset()}\n")
        self.acknowledged += 1

    def send_round(self):
        """One message from each producer that is not too far ahead of its acknowledgements."""
        for index, producer in enumerate(self.producers):
            if len(producer) < MAX_WAITING:
                partition = min(range(self.partitions), key=self.next[index].__getitem__)
                number = self.next[index][partition]
                self.next[index][partition] += 1
                producer.produce(
                    self.topic,
                    f"{index}:{partition}:{number}",
                    partition=partition,
                    on_delivery=self.on_delivery,
                )
            producer.poll(0)

    def run(self, stop):
        begin, rounds, told = time.monotonic(), 0, 0
        while not stop.is_set() and not self.failed:
            self.send_round()
            rounds += 1
            now = time.monotonic()
            if now - told > 0.05:
                print(self.acknowledged, flush=True)
                told = now
            stop.wait(max(0, begin + rounds * len(self.producers) / self.rate - now))
        for producer in self.producers:
            producer.flush(60)
        self.file.close()
        left = sum(map(len, self.producers))
        if left or self.failed:
            sys.exit(f"{left} messages without an answer; failed: {self.failed[:5]}")


def main():
    address, topic, partitions, producers, rate, path = sys.argv[1:]
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    Load(address, topic, int(partitions), int(producers), int(rate), path).run(stop)


main()
