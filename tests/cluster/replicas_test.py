"""Replicas' files are compared up to the high watermark: what differs, is missing or is torn is named."""

import os
import sys
import tempfile
import unittest

import replicas
import values

TOPIC_ID = "A" * 22


def log(*numbers, epoch=0):
    data = b""
    for offset, number in enumerate(numbers):
        batch = values.encode_batch(1, 0, number, 1)
        data += offset.to_bytes(8, "big") + batch[8:12] + epoch.to_bytes(4, "big") + batch[16:]
    return data


class ReplicasTest(unittest.TestCase):
    def compare(self, logs, end, holders=(1, 2)):
        with tempfile.TemporaryDirectory() as folder:
            for node, content in logs.items():
                place = os.path.join(folder, str(node), "topics", f"t.{TOPIC_ID}")
                os.makedirs(place)
                with open(os.path.join(place, f"0-{0:020}.log"), "wb") as file:
                    file.write(content)
            nodes = {node: os.path.join(folder, str(node)) for node in logs}
            return replicas.compare(nodes, "t", {0: end}, {0: list(holders)})

    def test_equal_up_to_the_end(self):
        self.assertEqual(self.compare({1: log(0, 1, 2), 2: log(0, 1, 3)}, 2), [])

    def test_another_value(self):
        self.assertEqual(len(self.compare({1: log(0, 1, 2), 2: log(0, 1, 3)}, 3)), 1)

    def test_another_leader_epoch(self):
        self.assertEqual(len(self.compare({1: log(0), 2: log(0, epoch=1)}, 1)), 1)

    def test_too_short(self):
        self.assertIn("ends at 1, not 2", self.compare({1: log(0, 1), 2: log(0)}, 2)[0])

    def test_zeros_within(self):
        content = log(0) + bytes(4096)
        self.assertIn("no batch", self.compare({1: log(0, 1), 2: content}, 2)[0])
        self.assertEqual(self.compare({1: log(0), 2: content}, 1), [])

    def test_what_is_set_aside_is_not_the_partitions(self):
        with tempfile.TemporaryDirectory() as data:
            for place, base in (("topics", 0), ("topics.set-aside-1", 7)):
                folder = os.path.join(data, place, f"t.{TOPIC_ID}")
                os.makedirs(folder)
                open(os.path.join(folder, f"0-{base:020}.log"), "wb").close()
            self.assertEqual(len(replicas.segment_files(data, "t", 0)), 1)

    def test_a_node_that_holds_none_of_it(self):
        self.assertEqual(self.compare({1: log(0), 2: log(0), 3: b""}, 1), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
