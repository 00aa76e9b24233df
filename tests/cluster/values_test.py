"""Batches and values survive the way there and back, and damage to either is noticed."""

import sys
import unittest

import values


class ValuesTest(unittest.TestCase):
    def test_there_and_back(self):
        batch = values.encode_batch(3, 1, 70, 4, producer_id=9, epoch=0, sequence=70, padding=40)
        self.assertEqual(values.runs(batch, 1), ([[0, 3, 70, 4]], []))

    def test_runs_are_joined_and_split(self):
        data = b""
        for base, (producer, first) in enumerate([(1, 0), (1, 1), (2, 0), (1, 2)]):
            batch = values.encode_batch(producer, 0, first, 1)
            data += base.to_bytes(8, "big") + batch[8:]
        self.assertEqual(values.runs(data, 0), ([[0, 1, 0, 2], [2, 2, 0, 1], [3, 1, 2, 1]], []))
        self.assertEqual(values.runs(data, 0, 2), ([[2, 2, 0, 1], [3, 1, 2, 1]], []))

    def test_a_batch_that_is_not_whole_is_left(self):
        batch = values.encode_batch(3, 1, 0, 4)
        self.assertEqual(values.runs(batch + batch[:-1], 1)[0], [[0, 3, 0, 4]])

    def test_another_partitions_value(self):
        self.assertEqual(len(values.runs(values.encode_batch(3, 1, 0, 4), 2)[1]), 4)

    def test_every_flipped_bit_of_a_value_is_noticed(self):
        batch = values.encode_batch(3, 1, 0, 1, padding=8)
        value = values.encode_value(3, 1, 0, 8)
        begin = batch.index(value)
        for bit in range(8 * len(value)):
            damaged = bytearray(batch)
            damaged[begin + bit // 8] ^= 1 << bit % 8
            self.assertEqual(values.runs(bytes(damaged), 1)[0], [], f"bit {bit}")

    def test_zeros_are_no_batch(self):
        self.assertEqual(len(values.runs(bytes(4096), 0)[1]), 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
