"""What the Python agents of AMQP clients share: the values of headers, as pairs of a type and a value."""

import base64
import datetime
import decimal


def to_native(pair):
    kind, value = pair
    if kind == "table":
        return to_table(value)
    if kind == "array":
        return [to_native(item) for item in value]
    if kind == "bytes":
        return bytearray(base64.b64decode(value))  # aio-pika takes bytes for text
    if kind == "time":
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    if kind == "decimal":
        return decimal.Decimal(value[1]).scaleb(-value[0])
    return value


def to_table(pairs):
    return {name: to_native(pair) for name, pair in pairs}


def seconds(moment):
    """Of a datetime, which is in UTC if it does not say."""
    return int(moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc).timestamp())


def to_pair(value):
    if value is None:
        return ["null", None]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, datetime.datetime):
        return ["time", seconds(value)]
    if isinstance(value, decimal.Decimal):
        places = -value.as_tuple().exponent
        return ["decimal", [places, int(value.scaleb(places))]]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return ["bytes", base64.b64encode(value).decode()]
    if isinstance(value, dict):
        return ["table", to_pairs(value)]
    if isinstance(value, (list, tuple)):
        return ["array", [to_pair(item) for item in value]]
    return [{int: "int", float: "double", str: "text"}[type(value)], value]


def to_pairs(table):
    return [[name, to_pair(table[name])] for name in sorted(table or {})]
