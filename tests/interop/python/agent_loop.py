"""The part that the Python agents share: read a request, call the operation of that name, write the reply."""

import base64
import json
import sys


CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


class Failed(Exception):
    """An operation failed with the client's error number and text."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code, self.text = code, text


def encode(value):
    return None if value is None else base64.b64encode(value).decode()


def decode(value):
    return None if value is None else base64.b64decode(value)


def to_json(key, value, headers, partition, offset, timestamp):
    """A record on its way to the test."""
    headers = [[name, encode(data)] for name, data in headers]
    return dict(
        key=encode(key),
        value=encode(value),
        headers=headers,
        partition=partition,
        offset=offset,
        timestamp=timestamp,
    )


def headers_of(record):
    """The headers of a record that has come from the test."""
    return [(name, decode(value)) for name, value in record["headers"]]


def serve(operations, to_failed):
    """Operation NAME is the method op_NAME; to_failed(exception) makes a Failed of the client's own."""
    for line in sys.stdin:
        request = json.loads(line)
        operation = getattr(operations, "op_" + request.pop("op"))
        try:
            reply = {"ok": operation(**request)}
        except Exception as error:  # the reply carries it to the test
            failed = error if isinstance(error, Failed) else to_failed(error)
            reply = {"error": {"code": failed.code, "text": failed.text}}
        print(json.dumps(reply), flush=True)
