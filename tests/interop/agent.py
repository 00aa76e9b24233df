"""Talks to an agent: a program around one vendor's client that is told what to do in lines of JSON.

A request is {"op": NAME, ...}; the reply {"ok": VALUE} or {"error": {"code": KAFKA'S NUMBER, "text": ...}}.
Bytes travel as base64, null as null; a header is a pair of a name and bytes. The reply to "hello" names the
client, its codecs, and what it lacks of the scenario's steps and of what Context.can() asks for.
"""

import json
import subprocess
import tempfile
import threading

from python.agent_loop import decode, encode

REPLY_LIMIT_S = 90


class ClientError(Exception):
    """The client's own error: `code` is Kafka's number for it, or negative for one of the client's."""

    def __init__(self, code, text):
        super().__init__(f"{text} ({code})")
        self.code, self.text = code, text


class Record:
    """One record as a client gives or gets it; equal when everything a client can see is equal."""

    def __init__(self, value, key=None, headers=(), partition=0, timestamp=None, offset=None):
        self.value, self.key, self.headers = value, key, list(headers)
        self.partition, self.timestamp, self.offset = partition, timestamp, offset

    def to_json(self):
        headers = [[name, encode(data)] for name, data in self.headers]
        return dict(
            key=encode(self.key),
            value=encode(self.value),
            headers=headers,
            partition=self.partition,
            timestamp=self.timestamp,
        )

    @staticmethod
    def from_json(fields):
        headers = [(name, decode(data)) for name, data in fields["headers"]]
        return Record(
            decode(fields["value"]),
            decode(fields["key"]),
            headers,
            fields["partition"],
            fields["timestamp"],
            fields["offset"],
        )

    def content(self):
        return self.key, self.value, self.headers

    def __repr__(self):
        return f"[{self.partition}@{self.offset} key={self.key!r} value={self.value!r:.60} {self.headers}]"


class Agent:
    """One running agent. Not safe for several threads at once."""

    def __init__(self, command, address):
        self.command, self.address = command, address
        self.complaints = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints
        )
        hello = self.call("hello", address=address)
        self.client, self.codecs, self.lacks = hello["client"], hello["codecs"], set(hello["lacks"])

    def call(self, op, **arguments):
        request = json.dumps({"op": op, **arguments}).encode() + b"\n"
        watchdog = threading.Timer(REPLY_LIMIT_S, self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write(request)
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            what = f"{op} {arguments!r:.300}: {self.command[-1]} ended or gave no answer in {REPLY_LIMIT_S} s"
            raise AssertionError(f"{what}\n{self.complaints_tail()}")
        reply = json.loads(line)
        if "error" in reply:
            raise ClientError(reply["error"]["code"], reply["error"]["text"])
        return reply["ok"]

    def produce(self, topic, records, codec="none", **options):
        """Returns each record's offset, in order."""
        fields = [record.to_json() for record in records]
        return self.call("produce", topic=topic, records=fields, codec=codec, **options)

    def consume(self, topic, partition, offset, count):
        """Reads from one partition without a group until `count` records are there."""
        fields = self.call("consume", topic=topic, partition=partition, offset=offset, count=count)
        return [Record.from_json(record) for record in fields]

    def poll(self):
        """One poll of this agent's group member: (assigned [topic, partition] pairs, records)."""
        state = self.call("poll", wait_ms=200)
        return sorted(map(tuple, state["assigned"])), [Record.from_json(r) for r in state["records"]]

    def complaints_tail(self, lines=20):
        """The last lines that the client wrote to standard error."""
        self.complaints.seek(0)
        return b"".join(self.complaints.readlines()[-lines:]).decode("utf-8", "replace")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
