"""What the benchmarks write: every row as CSV, medians as a table, and how the machine was meanwhile."""

import csv
import os
import statistics
import tempfile
import time

VALUE_BYTES = 1024


def fdatasync_ms(folder, times=300):
    """The median time of a 4 KiB write with fdatasync, in the folder that the brokers use."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for n in range(times):
            os.pwrite(file.fileno(), os.urandom(4096), 4096 * (n % 64))
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


class Report:
    """Rows under `columns`, of which the first `keys` say what was measured."""

    def __init__(self, columns, keys, data):
        self.columns, self.keys, self.data = columns, keys, data
        self.rows, self.disk, self.load = [], [], []

    def look_at_machine(self):
        self.disk.append(fdatasync_ms(self.data))
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
        disk = f"fdatasync of 4 KiB during the run: p50 {statistics.median(self.disk or [0]):.2f} ms"
        load = f"load average at the cases' starts: {statistics.median(self.load or [0]):.1f}"
        head = [f"Medians of {rounds} rounds; {os.cpu_count()} cores; {disk}; {load}.", ""]
        with open(os.path.join(folder, name + ".md"), "w") as file:
            file.write("\n".join(head + lines) + "\n")
        print("\n".join(head + lines))
