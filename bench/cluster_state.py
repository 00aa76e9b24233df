"""Asks a broker for the cluster's topics: a Kafka Metadata request of just what a benchmark wants to know."""

import socket
import struct

METADATA, VERSION = 3, 1


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.at)
        self.at += struct.calcsize(">" + layout)
        return values if len(values) > 1 else values[0]

    def text(self):
        size = self.take("h")
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def numbers(self):
        count = self.take("i")
        return [self.take("i") for _ in range(count)]

    def many(self, one):
        return [one() for _ in range(self.take("i"))]


class Partition:
    def __init__(self, topic, reader):
        self.topic = topic
        self.error, self.index, self.leader = reader.take("hii")
        self.replicas, self.in_sync = reader.numbers(), reader.numbers()


class State:
    """What the broker answered: the other brokers' addresses by their ids, and the partitions."""

    def __init__(self, reader):
        self.brokers = dict(reader.many(lambda: self.broker(reader)))
        reader.take("i")  # the controller
        self.partitions = [each for topic in reader.many(lambda: self.topic(reader)) for each in topic]

    @staticmethod
    def broker(reader):
        number = reader.take("i")
        address = f"{reader.text()}:{reader.take('i')}"
        reader.text()  # the rack
        return number, address

    @staticmethod
    def topic(reader):
        reader.take("h")  # the error
        name = reader.text()
        reader.take("?")
        return reader.many(lambda: Partition(name, reader))


def cluster_state(address, topics):
    host, port = address.rsplit(":", 1)
    names = b"".join(struct.pack(">h", len(topic)) + topic.encode() for topic in topics)
    body = struct.pack(">hhih", METADATA, VERSION, 1, -1) + struct.pack(">i", len(topics)) + names
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        with connection.makefile("rb") as replies:
            (size,) = struct.unpack(">i", replies.read(4))
            return State(Reader(replies.read(size)[4:]))
