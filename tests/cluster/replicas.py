"""The replicas' own files after a run: whole batches of every partition, compared byte for byte."""

import os
import re
import zlib

import values

WEIR_SEGMENT = re.compile(r"(\d+)-(\d{20})\.log")
KAFKA_SEGMENT = re.compile(r"(\d{20})\.log")
WEIR_TOPIC_ID = re.compile(r".*\.[\w-]{22}")


def segment_files(data, topic, partition):
    """Paths of a partition's segments in the order of their offsets, in weir's or Kafka's layout."""
    found = []
    for folder, folders, names in os.walk(data):
        folders[:] = [name for name in folders if ".set-aside-" not in name]  # of what was lost
        base = os.path.basename(folder)
        for name in names:
            if match := WEIR_SEGMENT.fullmatch(name):
                if base.startswith(topic + ".") and int(match[1]) == partition:
                    found.append((int(match[2]), os.path.join(folder, name)))
            elif (match := KAFKA_SEGMENT.fullmatch(name)) and base == f"{topic}-{partition}":
                found.append((int(match[1]), os.path.join(folder, name)))
    return [path for _, path in sorted(found)]


def partition_of(path):
    """Whose segment it is, in weir's layout."""
    return int(WEIR_SEGMENT.fullmatch(os.path.basename(path))[1])


def read(data, topic, partition, end):
    """What lies before `end`: {base offset: checksum of the batch's bytes}, where it ends, what is wrong."""
    found, position, wrong = {}, 0, []
    for path in segment_files(data, topic, partition):
        with open(path, "rb") as file:
            content = file.read()
        try:
            for base_offset, header, batch in values.batches(content):
                if base_offset >= end:
                    break
                if base_offset != position:
                    wrong.append(f"{os.path.basename(path)}: offset {base_offset} after {position - 1}")
                found[base_offset] = zlib.crc32(batch)
                position = base_offset + header[6] + 1
        except values.Damaged as damage:
            if position < end:
                wrong.append(f"{os.path.basename(path)}: {damage}")
    return found, position, wrong


def compare(nodes, topic, ends, holders):
    """Texts of what differs. nodes: {number: data directory}; for each partition its end and its replicas."""
    differences = []
    for partition, end in sorted(ends.items()):
        holding = sorted(set(holders[partition]) & set(nodes))
        replicas = {number: read(nodes[number], topic, partition, end) for number in holding}
        for number, (_, position, wrong) in replicas.items():
            for text in wrong[:3]:
                differences.append(f"partition {partition} of node {number}: {text}")
            if position < end:
                differences.append(f"partition {partition} of node {number} ends at {position}, not {end}")
        first, *others = holding
        for other in others:
            one, two = replicas[first][0], replicas[other][0]
            odd = sorted(o for o in one.keys() | two.keys() if one.get(o) != two.get(o))
            if odd:
                text = f"partition {partition}: nodes {first} and {other} differ in {len(odd)} batches"
                differences.append(f"{text}, first at offset {odd[0]}")
    return differences
