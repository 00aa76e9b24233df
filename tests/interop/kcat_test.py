"""kcat against the broker: produce and consume byte for byte, metadata, offsets by time, a group of three."""

import json
import re
import tempfile

import broker
import toolchain
from agent import Agent
from processes import Reader, numbers, run, wait_until
from scenario import check, equal, name

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
ODD_VALUES = [b"plain", bytes(range(256)), b"line\nbreaks\n", "\U0001f30a".encode() * 500]


class Kcat:
    def __init__(self, server):
        self.base = [toolchain.need("kcat"), "-b", server.address, "-X", "reconnect.backoff.max.ms=500"]

    def produce(self, topic, value, *options):
        """One message: the whole input, by way of a file, is its value."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(value)
            file.flush()
            run([*self.base, "-P", "-t", topic, "-p", "0", "-X", "acks=all", *options, file.name])

    def produce_numbers(self, topic, values, partitions):
        for partition in range(partitions):
            lines = b"".join(b"%d\n" % n for n in values if n % partitions == partition)
            run([*self.base, "-P", "-t", topic, "-p", str(partition), "-X", "enable.idempotence=true"], lines)

    def consume(self, topic, offset, *options):
        """[(offset, key, value)] up to the partition's end; lengths of -1 are null."""
        layout = "%o %K %S %T\n%k%s"
        data = run(
            [*self.base, "-C", "-t", topic, "-p", "0", "-o", str(offset), "-e", "-q", "-f", layout, *options]
        )
        records = []
        while data:
            head, _, data = data.partition(b"\n")
            at, key_size, size, _ = map(int, head.split())
            key, data = (data[:key_size], data[key_size:]) if key_size >= 0 else (None, data)
            value, data = (data[:size], data[size:]) if size >= 0 else (None, data)
            records.append((at, key, value))
        return records

    def member(self, group, topic):
        settings = [
            "-X",
            "auto.offset.reset=earliest",
            "-X",
            "session.timeout.ms=10000",
            "-X",
            "auto.commit.interval.ms=100",
        ]
        return Reader([*self.base, *settings, "-E", "-u", "-f", "%s\n", "-G", group, topic])


def records_and_codecs(kcat, admin):
    for codec in CODECS:
        topic = name("kcat-" + codec)
        admin.call("create_topic", topic=topic, partitions=1, configs={})
        for value in ODD_VALUES:
            kcat.produce(topic, value, "-z", codec, "-k", "key")
        run([*kcat.base, "-P", "-t", topic, "-p", "0", "-Z", "-K", ":"], b"tombstone:\n")
        wanted = [(n, b"key", value) for n, value in enumerate(ODD_VALUES)]
        wanted.append((len(ODD_VALUES), b"tombstone", None))
        for got, one in zip(kcat.consume(topic, "beginning"), wanted, strict=True):
            equal(got, one, f"a record with {codec}")
        equal(kcat.consume(topic, 2), wanted[2:], f"from offset 2 with {codec}")
        equal(kcat.consume(topic, -1), wanted[-1:], f"the last one with {codec}")


def headers_and_times(kcat, admin):
    topic = name("kcat-headers")
    admin.call("create_topic", topic=topic, partitions=1, configs={})
    kcat.produce(topic, b"x", "-H", "b=2", "-H", "a=1", "-H", "b=3", "-H", "empty=")
    line = run([*kcat.base, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"])
    equal(json.loads(line)["headers"], ["b", "2", "a", "1", "b", "3", "empty", ""], "headers")
    moment = json.loads(line)["ts"]
    kcat.produce(topic, b"later")
    for timestamp, offset in ((moment, 0), (moment + 1, 1), (-2, 0), (-1, 2)):
        answer = run([*kcat.base, "-Q", "-t", f"{topic}:0:{timestamp}"])
        equal(answer.split()[-1], b"%d" % offset, f"the offset at {timestamp}")


def metadata(kcat, admin):
    topic = name("kcat-metadata")
    admin.call("create_topic", topic=topic, partitions=3, configs={})
    found = json.loads(run([*kcat.base, "-L", "-J"]))
    partitions = {t["topic"]: len(t["partitions"]) for t in found["topics"]}
    equal(partitions.get(topic), 3, "partitions in the metadata")
    text = run([*kcat.base, "-L", "-t", topic]).decode()
    check("1 brokers:" in text and f'topic "{topic}" with 3 partitions:' in text, f"kcat -L says {text}")
    run([*kcat.base, "-C", "-t", topic, "-p", "9", "-o", "beginning", "-e"], status=1)


def group_of_three(kcat, admin, server):
    topic, group = name("kcat-group"), name("group")
    admin.call("create_topic", topic=topic, partitions=6, configs={})
    kcat.produce_numbers(topic, range(60), 6)
    members = [kcat.member(group, topic) for _ in range(3)]

    def assigned(count):
        lists = [re.findall(r"assigned: (.*)", member.error_text())[-1:] for member in members]
        return all(found and len(found[0].split(", ")) == count for found in lists)

    wait_until("three members with two partitions each", lambda: assigned(2))
    wait_until("60 messages", lambda: set(numbers(members)) == set(range(60)), members)
    left = members.pop()
    left.stop()
    wait_until("two members with three partitions each", lambda: assigned(3))
    for member in members:
        member.lines.clear()
    kcat.produce_numbers(topic, range(60, 120), 6)
    wait_until("60 more", lambda: set(range(60, 120)) <= set(numbers(members)), members)
    server.restart()
    kcat.produce_numbers(topic, range(120, 180), 6)
    wait_until("60 more after the restart", lambda: set(range(120, 180)) <= set(numbers(members)), members)
    for member in members:
        member.stop()
    kcat.produce_numbers(topic, range(180, 192), 6)
    last = kcat.member(group, topic)
    wait_until("a new member goes on", lambda: len(last.lines) >= 12)
    last.stop()
    equal(numbers([last]), list(range(180, 192)), "only what was not committed")


def main():
    toolchain.need("kcat")
    with broker.start() as server, Agent(toolchain.python_agent("confluent_agent"), server.address) as admin:
        kcat = Kcat(server)
        records_and_codecs(kcat, admin)
        headers_and_times(kcat, admin)
        metadata(kcat, admin)
        group_of_three(kcat, admin, server)
        check(server.alive(), "the broker lives")


if __name__ == "__main__":
    main()
