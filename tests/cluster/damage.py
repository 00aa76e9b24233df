"""Damage to the files of a node that is down: one bit, a page of zeros, an end cut off, a file gone."""

import os

PAGE = 4096


def files_below(data, wanted):
    """Paths of the files that are not empty and whose path below `data` `wanted` approves, sorted."""
    found = []
    for folder, _, names in os.walk(data):
        for name in names:
            path = os.path.join(folder, name)
            if wanted(os.path.relpath(path, data)) and os.path.getsize(path) > 0:
                found.append(path)
    return sorted(found)


def is_segment(path):
    return path.startswith("topics/torture.") and path.endswith(".log")


def is_store(path):
    """What all logs of the node need."""
    return path.startswith("journal/journal-") or path == "checkpoint"


def is_metadata(path):
    return path.startswith("metadata/")


def flip(path, drawn):
    at, bit = drawn.randrange(os.path.getsize(path)), drawn.randrange(8)
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))
    return f"bit {bit} of byte {at} flipped"


def zero(path, drawn):
    at = drawn.randrange(0, os.path.getsize(path), PAGE)
    length = min(PAGE, os.path.getsize(path) - at)
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(bytes(length))
    return f"{length} bytes from {at} on zeroed"


def cut(path, drawn):
    size = drawn.randrange(os.path.getsize(path))
    os.truncate(path, size)
    return f"cut to {size} bytes"


def remove(path, _drawn):
    os.unlink(path)
    return "removed"


def choose(wanted, data, drawn):
    """One of the wanted files, or None if there is no such file."""
    paths = files_below(data, wanted)
    return drawn.choice(paths) if paths else None


def apply(what, data, path, drawn):
    """Damages the file; what was done."""
    size = os.path.getsize(path)
    return f"{os.path.relpath(path, data)} ({size} bytes): {what(path, drawn)}"
