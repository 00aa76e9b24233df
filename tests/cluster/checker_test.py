"""The checker finds every planted anomaly, and nothing in a sound history."""

import sys
import unittest

import checker

SECOND = 10**9


def produce(first, offset, at=0, result="ok", client=1, count=2, node=1, took=1, error=None):
    return dict(
        op="produce", client=client, partition=0, first=first, count=count, t0=at, t1=at + took,
        result=result, offset=offset, node=node, attempts=1, error=error, idempotent=True,
    )  # fmt: skip


def read(runs, client="r", at=100, final=False, **more):
    fields = dict(client=client, partition=0, node=1, t0=at, t1=at + 1, high=9, start=0, runs=runs)
    return dict(op="read", final=final, **fields, **more)


def offsets(start, end, at):
    return dict(op="offsets", partition=0, node=1, start=start, end=end, t0=at, t1=at + 1)


def commit(offset, at, result="ok"):
    return dict(op="commit", group="g", partition=0, offset=offset, result=result, t0=at, t1=at + 1)


def committed(offset, at):
    return dict(op="committed", group="g", partition=0, offset=offset, t0=at, t1=at + 1)


def fault(t0, t1, t2, isolated=()):
    fields = dict(kind="isolate leader", victims=[1], led=[0], isolated=list(isolated))
    return dict(op="fault", t0=t0, t1=t1, t2=t2, **fields)


SOUND = [
    produce(0, 0, at=0),
    produce(2, 4, at=10),
    produce(0, 2, at=5, client=2),
    produce(2, -1, at=12, client=2, result="info", count=1),
    produce(3, -1, at=14, client=2, result="fail", count=1),
    read([[0, 1, 0, 2], [2, 2, 0, 2]], at=20),
    read([[4, 1, 2, 2], [6, 2, 2, 1]], at=30),
    offsets(0, 4, at=22),
    offsets(0, 7, at=40),
    commit(4, 50),
    committed(4, 52),
    commit(7, 54),
    committed(7, 56),
    fault(60, 70, 80, isolated=[1]),
    read([[0, 1, 0, 2], [2, 2, 0, 2], [4, 1, 2, 2], [6, 2, 2, 1]], client="final", final=True, at=200),
]


def final(*runs):
    """The sound history with another end."""
    return [*SOUND[:-1], read([list(run) for run in runs], client="final", final=True, at=200)]


class CheckerTest(unittest.TestCase):
    def finds(self, kind, history):
        kinds = {anomaly.kind for anomaly in checker.check(history)}
        self.assertIn(kind, kinds)
        return kinds

    def test_a_sound_history(self):
        self.assertEqual(checker.check(SOUND), [])

    def test_what_nobody_knows_may_be_there_or_not(self):
        without = final((0, 1, 0, 2), (2, 2, 0, 2), (4, 1, 2, 2))
        without[6] = read([[4, 1, 2, 2]], at=30)
        without[8] = offsets(0, 6, at=40)
        self.assertEqual(checker.check(without), [])

    def test_lost_at_the_end(self):
        self.finds("lost", final((0, 1, 0, 2), (2, 2, 0, 2), (4, 1, 2, 1)))

    def test_lost_in_the_middle_and_replaced(self):
        kinds = self.finds("lost", final((0, 1, 0, 2), (2, 1, 2, 2), (4, 2, 2, 1)))
        self.assertIn("conflict", kinds)

    def test_lost_without_a_trace_of_its_offset(self):
        history = [produce(0, -1), read([[0, 1, 0, 1]], client="final", final=True)]
        self.finds("lost", history)

    def test_never_sent(self):
        self.finds("unexpected", [*SOUND, read([[0, 9, 0, 1]], client="other")])

    def test_refused_and_there(self):
        self.finds("unexpected", [*SOUND, read([[7, 2, 3, 1]], client="other")])

    def test_damaged(self):
        self.finds("damaged", [*SOUND, read([], client="other", damaged=["offset 3: a checksum"])])

    def test_twice(self):
        self.finds("duplicate", final((0, 1, 0, 2), (2, 2, 0, 2), (4, 1, 2, 2), (6, 2, 2, 1), (7, 1, 3, 1)))

    def test_out_of_order(self):
        history = [produce(0, -1), produce(2, -1), read([[0, 1, 2, 2], [2, 1, 0, 2]], final=True)]
        self.finds("reordered", history)

    def test_a_reader_saw_something_else(self):
        self.finds("conflict", [read([[0, 2, 0, 1]], client="other", at=1), *SOUND])

    def test_acknowledged_at_another_offset(self):
        history = list(SOUND)
        history[0] = produce(0, 1)
        self.finds("conflict", history)

    def test_read_and_gone(self):
        self.finds("read and gone", final((0, 1, 0, 2), (2, 2, 0, 2), (4, 1, 2, 2)))

    def test_a_reader_skips(self):
        self.finds("gap", [*SOUND, read([[1, 1, 1, 1]], client="other")])

    def test_the_last_offset_goes_back(self):
        self.finds("back in time", [*SOUND, offsets(0, 6, at=45)])

    def test_the_last_offset_is_below_what_was_read(self):
        self.finds("back in time", [*SOUND, offsets(0, 3, at=22)])

    def test_the_first_offset_goes_back(self):
        self.finds("back in time", [*SOUND, offsets(2, 7, at=45), offsets(1, 7, at=47)])

    def test_an_answer_under_way_may_be_older(self):
        slow = dict(offsets(0, 4, at=21), t1=90)
        self.assertEqual(checker.check([*SOUND, slow]), [])

    def test_a_reader_is_told_that_its_offset_is_gone(self):
        told = dict(op="refused", client="r", partition=0, node=2, offset=7, error=1, t0=90, t1=91)
        self.finds("back in time", [*SOUND, told])

    def test_a_committed_offset_goes_back(self):
        self.finds("committed offset back", [*SOUND, committed(4, 58)])

    def test_a_refused_commit_does_not_count(self):
        self.assertEqual(checker.check([*SOUND, commit(9, 57, "fail"), committed(7, 58)]), [])

    def test_a_commit_is_forgotten(self):
        self.finds("committed offset back", [*SOUND, commit(9, 58), committed(7, 60)])

    def test_acknowledged_by_an_isolated_leader(self):
        self.finds("minority", [*SOUND, produce(4, 7, at=63)])

    def test_waiting_for_ever(self):
        self.finds("stuck", [*SOUND, produce(4, -1, at=75, result="info", took=31 * SECOND)])

    def test_waiting_while_a_fault_lasts(self):
        long = produce(4, -1, at=75, result="info", took=40 * SECOND)
        self.assertEqual(checker.check([*SOUND, long, fault(80, 20 * SECOND, 21 * SECOND)]), [])

    def test_not_whole_again(self):
        self.finds("stuck", [*SOUND, fault(90, 95, None)])
        self.finds("stuck", [*SOUND, fault(90, 95, 95 + 31 * SECOND)])

    def test_what_the_harness_noticed(self):
        event = dict(op="event", what="ended by itself", text="node 1", t0=1, t1=1)
        self.finds("ended by itself", [*SOUND, event])


if __name__ == "__main__":
    sys.exit(unittest.main())
