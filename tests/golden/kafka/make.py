#!/usr/bin/env python3
"""Writes the golden frames of this folder with kafka-python, a client that shares no code with weir.

Run it with the client installed (pip install kafka-python==3.0.12); it takes no arguments. It writes a file
for each API, with lines of
`request|response v<version> <values as JSON> <the frame in hexadecimal, with its size>`.
In the JSON bytes and UUIDs are hexadecimal. Every request has correlation id 7 and client id "golden".
"""

import importlib.metadata
import importlib.resources
import json
import pathlib
import uuid

import kafka.errors
import kafka.protocol.admin
import kafka.protocol.consumer
import kafka.protocol.metadata
import kafka.protocol.producer
import kafka.protocol.sasl

# The versions weir reads and writes.
APIS = {
    "Produce": (3, 10),
    "Fetch": (4, 12),
    "ListOffsets": (1, 7),
    "Metadata": (0, 12),
    "OffsetCommit": (2, 8),
    "OffsetFetch": (1, 8),
    "FindCoordinator": (0, 4),
    "JoinGroup": (0, 9),
    "Heartbeat": (0, 4),
    "LeaveGroup": (0, 5),
    "SyncGroup": (0, 5),
    "DescribeGroups": (0, 5),
    "ListGroups": (0, 5),
    "SaslHandshake": (0, 1),
    "ApiVersions": (0, 4),
    "CreateTopics": (2, 7),
    "DeleteTopics": (1, 6),
    "DeleteRecords": (0, 2),
    "InitProducerId": (0, 4),
    "OffsetForLeaderEpoch": (2, 4),
    "DescribeConfigs": (1, 4),
    "AlterConfigs": (0, 2),
    "AlterReplicaLogDirs": (1, 2),
    "DescribeLogDirs": (1, 5),
    "CreatePartitions": (0, 3),
    "DeleteGroups": (0, 2),
    "ElectLeaders": (0, 2),
    "IncrementalAlterConfigs": (0, 1),
    "AlterPartitionReassignments": (0, 1),
    "ListPartitionReassignments": (0, 0),
    "OffsetDelete": (0, 0),
    "DescribeQuorum": (0, 2),
    "DescribeCluster": (0, 2),
    "DescribeProducers": (0, 0),
    "ListConfigResources": (0, 1),
    "DescribeTopicPartitions": (0, 0),
}
MODULES = (
    kafka.protocol.admin,
    kafka.protocol.consumer,
    kafka.protocol.metadata,
    kafka.protocol.producer,
    kafka.protocol.sasl,
)
FOLDER = pathlib.Path(__file__).parent
VERSION = importlib.metadata.version("kafka-python")
# What a response of weir never holds: records that are null.
NEVER_NULL = {("FetchResponse", "records")}
# Tagged fields that only Kafka's own controllers send.
LEFT_OUT = {("FetchResponse", "snapshot_id")}
# Where the client calls a field otherwise than the protocol: by message and name, for each depth of nesting.
RENAMED = {
    ("MetadataResponse", "authorized_operations"): (
        "cluster_authorized_operations",
        "topic_authorized_operations",
    ),
    ("DescribeClusterResponse", "authorized_operations"): ("cluster_authorized_operations",),
}
RENAMED_ERRORS = {
    -1: "UNKNOWN_SERVER_ERROR",
    0: "NONE",
    6: "NOT_LEADER_OR_FOLLOWER",
    10: "MESSAGE_TOO_LARGE",
    17: "INVALID_TOPIC_EXCEPTION",
    39: "INVALID_REPLICA_ASSIGNMENT",
}
# This client reads an ApiVersions response with an error as one of version 0, whatever was asked.
NO_ERROR = {("ApiVersionsResponse", "error_code")}


def message_class(name):
    for module in MODULES:
        if hasattr(module, name):
            return getattr(module, name)
    raise SystemExit(f"kafka-python {VERSION} has no {name}")


class Values:
    """Makes values for fields, each unlike the last: either everything set, or as little as allowed."""

    def __init__(self, message, version, bare):
        self.message, self.version, self.bare = message, version, bare
        self.count = self.depth = 0

    def struct(self, fields):
        """The values twice: as the client's constructor takes them, and as JSON."""
        value, text = {}, {}
        depth, self.depth = self.depth, self.depth + 1
        for name, field in fields.items():
            if field.for_version_q(self.version) and (self.message, name) not in LEFT_OUT:
                renamed = RENAMED.get((self.message, name))
                value[name], text[renamed[depth] if renamed else name] = self.field(name, field)
        self.depth = depth
        return value, text

    def field(self, name, field):
        if (self.message, name) in NO_ERROR:
            return 0, 0
        nullable = field.nullable_for_version_q(self.version) and (self.message, name) not in NEVER_NULL
        if self.bare and nullable:
            return None, None
        if field.is_struct_array():
            pairs = [self.element(field) for _ in range(0 if self.bare else 2)]
            return [p[0] for p in pairs], [p[1] for p in pairs]
        if field.is_array():
            pairs = [self.scalar(field.array_of._type_str) for _ in range(0 if self.bare else 3)]
            return [p[0] for p in pairs], [p[1] for p in pairs]
        if field.is_struct():
            if self.bare and field.tag is not None:
                return None, self.struct_default(field)
            return self.element(field)
        if self.bare and field.tag is not None:
            return field.default, field.default
        return self.scalar(field._type_str)

    def element(self, field):
        value, text = self.struct(field.fields)
        return field.data_class(**value), text

    def struct_default(self, field):
        return {n: f.default for n, f in field.fields.items() if f.for_version_q(self.version)}

    def scalar(self, kind):
        self.count += 1
        n = self.count
        sign = -1 if n % 5 == 0 else 1
        if kind == "bool":
            return n % 2 == 0, n % 2 == 0
        if kind == "uint16":
            return 0xFE00 + n, 0xFE00 + n
        if kind in ("int8", "int16", "int32", "int64"):
            bits = int(kind[3:])
            number = sign * (0x0123456789ABCDEF >> (64 - bits) | 1) + (n if sign > 0 else -n)
            return number, number
        if kind == "string":
            ending = "é" if n % 4 == 0 else "x" * 130 if n % 7 == 0 else ""
            text = "" if self.bare else f"s{n}{ending}"
            return text, text
        if kind in ("bytes", "records"):
            data = b"" if self.bare else bytes((n + i) % 256 for i in range(200 if n % 3 == 0 else 5))
            return data, data.hex()
        if kind == "uuid":
            value = uuid.UUID(int=0x00112233445566778899AABBCCDDEEFF + n)
            return value, value.hex
        if kind == "bitfield":
            return {1, 3, 4 + n % 8}, sum(1 << bit for bit in {1, 3, 4 + n % 8})
        raise SystemExit(f"make.py does not know the type {kind}")


def golden_line(kind, cls, version, bare):
    value, text = Values(cls.__name__, version, bare).struct(cls._struct.fields)
    message = cls(version=version, **value)
    if kind == "request":
        message.with_header(correlation_id=7, client_id="golden")
    else:
        message.with_header(correlation_id=7)
    frame = message.encode(header=True, framed=True)
    back = cls.decode(frame, version=version, header=True, framed=True)
    if back.encode(header=False) != message.encode(header=False):
        raise SystemExit(f"kafka-python does not read its own {cls.__name__} v{version}")
    printed = json.dumps(text, separators=(",", ":"), ensure_ascii=False)
    return f"{kind} v{version} {printed} {bytes(frame).hex()}"


def snake_case(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def write_messages(api, versions):
    lines = [f"# Frames that kafka-python {VERSION} encodes, written by make.py."]
    for kind in ("Request", "Response"):
        cls = message_class(api + kind)
        for version in range(versions[0], versions[1] + 1):
            full, bare = (golden_line(kind.lower(), cls, version, bare) for bare in (False, True))
            lines += [full] if bare == full else [full, bare]
    FOLDER.joinpath(snake_case(api) + ".txt").write_text("\n".join(lines) + "\n")


def write_error_codes():
    """The codes as the client knows them: `number NAME`."""
    named = {}
    for error in vars(kafka.errors).values():
        if isinstance(error, type) and getattr(error, "errno", None) is not None:
            named.setdefault(error.errno, RENAMED_ERRORS.get(error.errno, error.message))
    lines = [f"# Error codes as kafka-python {VERSION} names them, written by make.py."]
    lines += [f"{number} {name}" for number, name in sorted(named.items())]
    FOLDER.joinpath("error_codes.txt").write_text("\n".join(lines) + "\n")


for api, versions in APIS.items():
    write_messages(api, versions)
write_error_codes()
