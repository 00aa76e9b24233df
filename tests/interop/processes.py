"""Command-line clients as child processes: run one to its end, or read a running one's lines as they come."""

import signal
import subprocess
import tempfile
import threading
import time

from scenario import check


def run(command, input_bytes=b"", status=0, limit_s=120):
    """Runs a command to its end and returns its standard output; another exit status is a failure."""
    result = subprocess.run(command, input=input_bytes, capture_output=True, timeout=limit_s)
    complaint = (result.stdout + result.stderr).decode("utf-8", "replace")[-2000:]
    check(
        status is None or result.returncode == status, f"{command}: status {result.returncode}\n{complaint}"
    )
    return result.stdout


def output(command, limit_s=120):
    """Everything a command prints on either stream, whatever its exit status: for its error messages."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s)
    return (result.stdout + result.stderr).decode("utf-8", "replace")


class Reader:
    """A running client whose output lines are collected; standard error too, apart."""

    def __init__(self, command):
        self.lines = []
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors
        )
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def _collect(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip(b"\n"))

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        self.process.wait(timeout=60)
        self.thread.join()


def wait_until(what, done, readers=(), limit_s=90):
    """Waits for what other processes do; what `readers` complained about belongs to the failure."""
    end = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > end:
            said = [f"{len(r.lines)} lines, {r.error_text()[-800:]}" for r in readers]
            check(False, "\n".join([f"{what}: not within {limit_s} s", *said]))
        time.sleep(0.05)


def numbers(readers):
    """The numbers that several readers have printed, sorted, repeats kept."""
    return sorted(int(line) for reader in readers for line in list(reader.lines))
