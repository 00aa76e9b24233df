"""What the benchmarks write: every row as CSV, medians as a table, and how the machine was meanwhile."""

import csv
import os
import statistics
import tempfile
import time

VALUE_BYTES = 1024


ROUND_BYTES = 256 * 1024  # about what a group commit holds when batches of 64 KiB come as fast as they can


def write_and_sync_ms(folder, size, times):
    """The median time of a write over bytes that are there, with fdatasync, where the brokers write."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        os.pwrite(file.fileno(), bytes(16 * size), 0)
        os.fsync(file.fileno())
        for n in range(times):
            data = os.urandom(size)
            begin = time.perf_counter()
            os.pwrite(file.fileno(), data, size * (n % 16))
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


class Report:
    """Rows under `columns`, of which the first `keys` say what was measured."""

    def __init__(self, columns, keys, data):
        self.columns, self.keys, self.data = columns, keys, data
        self.rows, self.syncs_ms, self.rounds_ms, self.load = [], [], [], []

    def look_at_machine(self):
        self.syncs_ms.append(write_and_sync_ms(self.data, 4096, 300))
        self.rounds_ms.append(write_and_sync_ms(self.data, ROUND_BYTES, 50))
        self.load.append(os.getloadavg()[0])

    def note(self, **fields):
        self.rows.append(fields)
        shown = {k: f"{v:.2f}" if isinstance(v, float) else v for k, v in fields.items() if v is not None}
        print(" ".join(f"{key}={value}" for key, value in shown.items()), flush=True)

    def note_load(self, servers, run, **about):
        """Runs a load (run() returns its figures) and notes it with what the servers spent on it."""
        os.sync()  # what the load before has left to the kernel to write is not this one's
        cpu = servers.cpu_seconds()
        found = run()
        cpu = servers.cpu_seconds() - cpu
        messages = found.pop("messages")
        self.note(
            **about, **found, mb_per_s=found["msg_per_s"] * VALUE_BYTES / 1e6,
            cpu_s_per_million=cpu / messages * 1e6, cpu_s_per_gb=cpu / (messages * VALUE_BYTES / 1e9),
            resident_mib=servers.resident_mib(),
        )  # fmt: skip

    def write(self, folder, name, rounds):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name + ".csv"), "w", newline="") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(self.rows)
        groups = {}
        for row in self.rows:
            groups.setdefault(tuple(row[c] for c in self.columns[: self.keys]), []).append(row)
        lines = ["| " + " | ".join(c for c in self.columns if c != "round") + " |"]
        lines.append("|---" * (len(self.columns) - 1) + "|")
        for key, rows in groups.items():
            cells = []
            for column in self.columns[self.keys :]:
                values = [row[column] for row in rows if row.get(column) is not None]
                if column != "round":
                    cells.append(f"{statistics.median(values):,.2f}" if values else "")
            lines.append("| " + " | ".join([*key, *cells]) + " |")
        sync_ms, round_ms = (statistics.median(times or [0]) for times in (self.syncs_ms, self.rounds_ms))
        disk = f"write and fdatasync during the run, p50: 4 KiB {sync_ms:.2f} ms, 256 KiB {round_ms:.2f} ms"
        load = f"load average at the cases' starts: {statistics.median(self.load or [0]):.1f}"
        head = [f"Medians of {rounds} rounds; {os.cpu_count()} cores; {disk}; {load}.", ""]
        with open(os.path.join(folder, name + ".md"), "w") as file:
            file.write("\n".join(head + lines) + "\n")
        print("\n".join(head + lines))
