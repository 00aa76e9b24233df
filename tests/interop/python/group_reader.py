"""A member of a consumer group with default settings: writes each value that it reads to a file.

Arguments: address, topic, group, file. Ends when standard input does; every error that the client tells
goes to standard output, and makes the exit status 1. A line of the file is the value, the partition and the
offset.
"""

import sys
import threading

from confluent_kafka import Consumer, KafkaError

SETTINGS = {"auto.offset.reset": "earliest", "log_level": 2}
# librdkafka tells of each broken connection; it goes on by itself.
TRANSIENT = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE)


class Reader:
    def __init__(self, address, topic, group, path):
        self.errors = []
        settings = {**SETTINGS, "bootstrap.servers": address, "group.id": group, "error_cb": self.on_error}
        self.consumer = Consumer(settings)
        self.consumer.subscribe([topic])
        self.file = open(path, "w", buffering=1)

    def on_error(self, error):
        if error.code() not in TRANSIENT:
            self.errors.append(str(error))

    def run(self, stop):
        while not stop.is_set():
            for message in self.consumer.consume(500, 0.2):
                if message.error():
                    self.errors.append(str(message.error()))
                else:
                    self.file.write(f"{message.value().decode()} {message.partition()} {message.offset()}\n")
        self.consumer.close()
        self.file.close()
        for error in self.errors[:5]:
            print(error)
        return 1 if self.errors else 0


def main():
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    sys.exit(Reader(*sys.argv[1:]).run(stop))


main()
