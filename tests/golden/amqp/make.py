#!/usr/bin/env python3
"""Writes the golden bytes of this folder with pamqp and pika, two codecs that share no code with weir.

Run it with both installed (pip install pamqp==4.0.1 pika==1.4.4); it takes no arguments. Every method is
encoded by each of the two that has it, and both must give the same bytes. Lines are
`<what> <values as JSON> <bytes in hexadecimal>`; of methods the bytes are a whole frame on channel 7, of
properties what follows the body's size in a header, of tables what follows their length. In the JSON a
table's values carry the letter of their type, bytes are hexadecimal, and secrets are not shown.
"""

import datetime
import decimal
import inspect
import json
import pathlib

import pamqp.body
import pamqp.commands
import pamqp.encode
import pamqp.frame
import pamqp.header
import pamqp.heartbeat
import pika.data
import pika.frame
import pika.spec

FOLDER = pathlib.Path(__file__).parent
CHANNEL = 7
CLASSES = ("Connection", "Channel", "Access", "Exchange", "Queue", "Basic", "Confirm", "Tx")
SECRETS = {
    ("Connection.StartOk", "response"),
    ("Connection.SecureOk", "response"),
    ("Connection.UpdateSecret", "new_secret"),
}
# What pika calls otherwise than the protocol.
RENAMED = {"global_qos": "global"}
# The kinds of the fields of what pamqp does not have.
KINDS = {
    "Access.Request": {"realm": "shortstr"}
    | dict.fromkeys(("exclusive", "passive", "active"), "bit")
    | dict.fromkeys(("write", "read"), "bit"),
    "Access.RequestOk": {"ticket": "short"},
}
SIZES = {"octet": 0x12, "short": 0x1234, "long": 0x12345678, "longlong": 0x123456789ABCDE00}
WHEN = datetime.datetime(2026, 5, 4, 3, 2, 1, tzinfo=datetime.timezone.utc)
SECONDS = int(WHEN.timestamp())
ARGUMENTS = {"x-expires": 5_000_000_000, "x-queue-type": "quorum"}
ARGUMENTS_JSON = {"x-expires": {"l": 5_000_000_000}, "x-queue-type": {"S": "quorum"}}
# Of every type that each of the two writes; names ascend, since pamqp sorts them.
PAMQP_TABLE = [
    ("a-bool", True, {"t": True}),
    ("b-int8", -5, {"b": -5}),
    ("c-int16", -300, {"s": -300}),
    ("d-uint16", 40_000, {"u": 40_000}),
    ("e-int32", -70_000, {"I": -70_000}),
    ("f-uint32", 4_000_000_000, {"i": 4_000_000_000}),
    ("g-int64", -5_000_000_000, {"l": -5_000_000_000}),
    ("h-float", 1.5, {"f": 1.5}),
    ("i-decimal", decimal.Decimal("12.345"), {"D": [3, 12345]}),
    ("j-text", "text-\u00e9", {"S": "text-\u00e9"}),
    ("k-time", WHEN, {"T": SECONDS}),
    ("l-table", {"inner": 1}, {"F": {"inner": {"b": 1}}}),
    ("m-array", [1, "two", [False]], {"A": [{"b": 1}, {"S": "two"}, {"A": [{"t": False}]}]}),
    ("n-bytes", bytearray(b"\x00\xff"), {"x": "00ff"}),
    ("o-nothing", None, {"V": None}),
]
PIKA_TABLE = [
    ("bool", False, {"t": False}),
    ("int", -70_000, {"I": -70_000}),
    ("long", -5_000_000_000, {"l": -5_000_000_000}),
    ("decimal", decimal.Decimal("1.5"), {"D": [1, 15]}),
    ("text", "text", {"S": "text"}),
    ("bytes", b"\x01\x02", {"x": "0102"}),
    ("time", WHEN, {"T": SECONDS}),
    ("table", {"inner": {"deep": None}}, {"F": {"inner": {"F": {"deep": {"V": None}}}}}),
    ("array", ["one", 2], {"A": [{"S": "one"}, {"I": 2}]}),
]
PROPERTIES = {
    "content_type": "text/plain",
    "content_encoding": "gzip",
    "headers": ARGUMENTS,
    "delivery_mode": 2,
    "priority": 9,
    "correlation_id": "c-1",
    "reply_to": "amq.rabbitmq.reply-to",
    "expiration": "60000",
    "message_id": "m-1",
    "timestamp": SECONDS,
    "type": "order",
    "user_id": "guest",
    "app_id": "golden",
    "cluster_id": "cluster",
}


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def our_name(name):
    """queue.declare-ok for Queue.DeclareOk."""
    group, method = name.split(".")
    words = "".join("-" + c.lower() if c.isupper() else c for c in method)[1:]
    return f"{group.lower()}.{words}"


def value_of(kind, number, bare):
    """A value as the libraries take it, and as JSON."""
    if kind == "table":
        return ({}, {}) if bare else (ARGUMENTS, ARGUMENTS_JSON)
    if kind == "bit":
        return (not bare and number % 3 != 0,) * 2
    if kind in ("shortstr", "longstr"):
        return ("" if bare else f"s{number}",) * 2
    return (0 if bare else SIZES[kind] + number,) * 2


def unchecked(message):
    """One of pamqp's classes, which is not asked what it thinks of the values."""
    return type(message.__name__, (message,), {"validate": lambda self: None})


def from_pamqp(method, values):
    made = object.__new__(unchecked(method))
    for field, value in zip(method.__slots__, values):
        setattr(made, field, value)
    return pamqp.frame.marshal(made, CHANNEL)


def method_line(method, other, bare):
    fields = list(inspect.signature(method.__init__).parameters)[1:]
    if method.__init__ is object.__init__ or fields == ["args", "kwargs"]:
        fields = []
    kinds = [getattr(other, "_" + f) for f in other.__slots__] if other else list(KINDS[method.NAME].values())
    if len(kinds) != len(fields):
        raise SystemExit(f"{method.NAME}: {fields} and {kinds}")
    values, texts = [], {}
    for number, (field, kind) in enumerate(zip(fields, kinds), 1):
        value, text = value_of(kind, number, bare)
        values.append(value)
        secret = (method.NAME, field) in SECRETS
        texts[RENAMED.get(field, field)] = "***" if secret else text
    frame = pika.frame.Method(CHANNEL, method(*values)).marshal()
    if other and from_pamqp(other, values) != frame:
        raise SystemExit(f"{method.NAME}: pamqp and pika differ")
    return f"{our_name(method.NAME)} {text_of(texts)} {frame.hex()}"


def method_lines():
    for group in CLASSES:
        others = vars(getattr(pamqp.commands, group)) if group != "Access" else {}
        for method in vars(getattr(pika.spec, group)).values():
            if isinstance(method, type):
                for bare in (False, True):
                    yield method_line(method, others.get(method.__name__), bare)


def property_line(chosen):
    values = {name: PROPERTIES[name] for name in chosen}
    texts = dict(values)
    if "headers" in texts:
        texts["headers"] = ARGUMENTS_JSON
    encoded = b"".join(pika.spec.BasicProperties(**values).encode())
    renamed = {"message_type" if n == "type" else n: v for n, v in values.items()}
    if "timestamp" in renamed:
        renamed["timestamp"] = WHEN
    if unchecked(pamqp.commands.Basic.Properties)(**renamed).marshal() != encoded:
        raise SystemExit(f"{chosen}: pamqp and pika differ")
    return f"properties {text_of(texts)} {encoded.hex()}"


def property_lines():
    yield property_line([])
    yield property_line(list(PROPERTIES))
    for name in PROPERTIES:
        yield property_line([name])


def table_lines():
    for table, encode in ((PAMQP_TABLE, pamqp_table), (PIKA_TABLE, pika_table)):
        for name, value, text in table:
            yield f"table {text_of({name: text})} {encode({name: value}).hex()}"
        whole = encode({name: value for name, value, _ in table})
        yield f"table {text_of({name: text for name, _, text in table})} {whole.hex()}"


def pamqp_table(table):
    return pamqp.encode.field_table(table)[4:]


def pika_table(table):
    pieces = []
    pika.data.encode_table(pieces, table)
    return b"".join(pieces)[4:]


def frame_lines():
    body = b"0123456789"
    properties = pamqp.commands.Basic.Properties(content_type="text/plain")
    frames = {
        "protocol-header": (pika.frame.ProtocolHeader().marshal(), None),
        "heartbeat": (pika.frame.Heartbeat().marshal(), pamqp.frame.marshal(pamqp.heartbeat.Heartbeat(), 0)),
        "body": (
            pika.frame.Body(CHANNEL, body).marshal(),
            pamqp.frame.marshal(pamqp.body.ContentBody(body), CHANNEL),
        ),
        "header": (
            pika.frame.Header(CHANNEL, 10, pika.spec.BasicProperties(content_type="text/plain")).marshal(),
            pamqp.frame.marshal(pamqp.header.ContentHeader(0, 10, properties), CHANNEL),
        ),
    }
    for name, (one, other) in frames.items():
        if other is not None and one != other:
            raise SystemExit(f"{name}: pamqp and pika differ")
        yield f"{name} {{}} {one.hex()}"


def write(name, lines):
    with open(FOLDER / f"{name}.txt", "w", encoding="utf-8") as file:
        file.write("# What pamqp 4.0.1 and pika 1.4.4 encode, written by make.py.\n")
        file.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    write("methods", method_lines())
    write("properties", property_lines())
    write("tables", table_lines())
    write("frames", frame_lines())
