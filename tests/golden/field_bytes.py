"""The field encoding of docs/formats/queue_log.md, for the scripts that write golden files."""


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def numbers(*values):
    return b"".join(number(value) for value in values)


def signed(value):
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def optional(value=-1):
    return number(value + 1)


def text(value):
    return number(len(value)) + value
