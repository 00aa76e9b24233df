"""The report's figures, on small histories."""

import sys
import unittest

import checker
import report

MS = 10**6


def acknowledged(*times_ms, partition=0):
    fields = dict(client=1, first=0, count=2, result="ok", offset=0, node=1, attempts=1)
    return [dict(op="produce", partition=partition, t0=t * MS - 1, t1=t * MS, **fields) for t in times_ms]


def fault(t0, t1, t2, kind="kill leader"):
    return dict(op="fault", kind=kind, victims=[1], t0=t0 * MS, t1=t1 * MS, t2=t2 * MS)


class ReportTest(unittest.TestCase):
    def test_the_silence_of_a_fault_begins_with_it(self):
        history = acknowledged(90, 100, 850, 860, 2000) + [fault(110, 500, 900)]
        self.assertEqual(report.by_kind(history)["kill leader"]["silence_ms"], dict(p50=740, max=740))

    def test_the_silence_is_the_worst_partitions(self):
        history = acknowledged(100, 300) + acknowledged(100, 700, partition=1) + [fault(100, 250, 900)]
        figures = report.by_kind(history)["kill leader"]
        self.assertEqual(figures["silence_ms"]["max"], 600)
        self.assertEqual(figures["recovery_ms"]["max"], 650)

    def test_silences_before_and_after_do_not_count(self):
        history = acknowledged(0, 5000, 5010, 5020, 9000) + [fault(5005, 5012, 5013)]
        self.assertEqual(report.by_kind(history)["kill leader"]["silence_ms"]["max"], 10)

    def test_availability(self):
        self.assertEqual(report.availability(acknowledged(0, 50, 150, 399)), 0.75)
        self.assertEqual(report.availability([]), 0)

    def test_the_text_names_faults_and_anomalies(self):
        history = acknowledged(100, 850) + [fault(110, 500, 900)]
        about = dict(broker="weir", nodes=3, seed=1, seconds=1.0, left_out=["clock"])
        anomaly = checker.Anomaly("lost", "partition 0: three", 0, 100 * MS)
        made = report.make(about, history, [anomaly])
        self.assertEqual(len(made["shown"][0]["around"]), 3)
        acknowledged_text = "messages acknowledged 4"
        for wanted in ("kill leader", "740", "clock", "partition 0: three", "1 lost", acknowledged_text):
            self.assertIn(wanted, report.text(made))


if __name__ == "__main__":
    sys.exit(unittest.main())
