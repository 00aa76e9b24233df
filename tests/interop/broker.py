"""The broker that a test runs against: weir started for this test alone, or a running broker for calibration.

WEIR_BINARY names weir's program. WEIR_INTEROP_BROKER=HOST:PORT uses a broker that already runs (a real Kafka,
to check that a test asks for what Kafka does) and WEIR_INTEROP_RESTART the command that kills and starts it.
WEIR_STOP_IN_ORDER=1 stops weir at a test's end, where else it is killed: a sanitizer then sees more.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

READY = re.compile(
    r"is ready: Kafka clients connect to ([^\s,]+):(\d+)(?:, AMQP clients to ([^\s,]+):(\d+))?"
    r"(?:, AMQP clients by TLS to ([^\s,]+):(\d+))?"
    r"(?:, HTTP clients to ([^\s,]+):(\d+))?"
    r"(?:, HTTP clients by TLS to ([^\s,]+):(\d+))?"
)
START_LIMIT_S = 60
STOP_LIMIT_S = 60
STOPS_IN_ORDER = os.environ.get("WEIR_STOP_IN_ORDER") == "1"
HAND_OVER_LIMIT_S = 5  # at a test's end, when the other nodes may be gone


class BrokerError(Exception):
    """The broker did not start, or ended by itself."""


class Weir:
    """One weir process with a data directory of its own; `restart` keeps the directory and the ports."""

    external = False

    def __init__(self, *options):
        self.binary = os.environ.get("WEIR_BINARY", "build/release/weir")
        self.directory = tempfile.TemporaryDirectory(prefix="weir-interop-")
        self.log_path = os.path.join(self.directory.name, "weir.log")
        self.options = options
        self.host, self.port, self.process = "127.0.0.1", 0, None
        self.amqp = None  # (host, port), if asked for by --amqp-listen
        self.amqp_tls = None  # likewise by --amqp-tls-listen
        self.http = None  # the same, by --http-listen
        self.http_tls = None  # and by --http-tls-listen
        self.has_ended = False  # by itself, as the test wanted
        self._start()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def _start(self):
        command = [self.binary, "serve", "--data", os.path.join(self.directory.name, "data")]
        command += ["--kafka-listen", self.address, *self.options]
        if self.amqp:  # where it was before
            command[command.index("--amqp-listen") + 1] = "{}:{}".format(*self.amqp)
        self.log = open(self.log_path, "ab")
        begin = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, start_new_session=True
        )
        ready = threading.Event()
        threading.Thread(target=self._read_output, args=(self.process.stdout, ready), daemon=True).start()
        while not ready.wait(0.01):
            if self.process.poll() is not None:
                raise BrokerError(f"weir ended with status {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() - begin > START_LIMIT_S:
                raise BrokerError(f"weir is not ready after {START_LIMIT_S} s:\n{self.log_tail()}")
        self.start_s = time.monotonic() - begin

    def _read_output(self, stdout, ready):
        for line in stdout:
            self.log.write(line)
            self.log.flush()
            if match := READY.search(line.decode("utf-8", "replace")):
                self.host, self.port = match[1], int(match[2])
                if match[3]:
                    self.amqp = match[3], int(match[4])
                if match[5]:
                    self.amqp_tls = match[5], int(match[6])
                if match[7]:
                    self.http = match[7], int(match[8])
                if match[9]:
                    self.http_tls = match[9], int(match[10])
                ready.set()

    def alive(self):
        return self.process.poll() is None

    def end(self, signal_number=signal.SIGTERM):
        """Ends the process with this signal and waits for it; its own ending before that is an error."""
        if not self.alive():
            raise BrokerError(f"weir ended by itself, status {self.process.returncode}:\n{self.log_tail()}")
        self.process.send_signal(signal_number)
        self.process.wait(timeout=STOP_LIMIT_S)
        self._check_stop(signal_number)
        self.log.close()

    def _check_stop(self, signal_number):
        if signal_number == signal.SIGTERM and self.process.returncode != 0:
            raise BrokerError(f"the stop gave {self.process.returncode}:\n{self.log_tail()}")

    def _stop_in_order(self):
        for limit_s in (HAND_OVER_LIMIT_S, STOP_LIMIT_S):  # the second signal means at once
            self.process.terminate()
            try:
                self.process.wait(timeout=limit_s)
                return self._check_stop(signal.SIGTERM)
            except subprocess.TimeoutExpired:
                continue
        self.process.kill()
        raise BrokerError(f"weir does not stop within {STOP_LIMIT_S} s:\n{self.log_tail()}")

    def wait_for_end(self, limit_s=60):
        """Waits until the process ends by itself; its exit status."""
        status = self.process.wait(timeout=limit_s)
        self.has_ended = True
        return status

    def start_again(self):
        self._start()

    def restart(self, signal_number=signal.SIGKILL):
        self.end(signal_number)
        self._start()

    def resident_kib(self):
        with open(f"/proc/{self.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def log_tail(self, lines=40):
        with open(self.log_path, "rb") as log:
            return b"".join(log.readlines()[-lines:]).decode("utf-8", "replace")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        died = not self.alive() and not self.has_ended
        if self.alive() and kind is None and STOPS_IN_ORDER:
            self._stop_in_order()
        elif self.alive():
            self.process.kill()
            self.process.wait()
        if kind is not None or died:
            print(f"--- the end of weir's log\n{self.log_tail()}", file=sys.stderr)
        self.directory.cleanup()
        if died and kind is None:
            raise BrokerError(f"weir ended by itself, status {self.process.returncode}")


class RunningBroker:
    """A broker that someone else started: only its address and a restart command are known."""

    external = True

    def __init__(self, address):
        self.address = address
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)

    def alive(self):
        return True

    def restart(self, signal_number=signal.SIGKILL):
        command = os.environ.get("WEIR_INTEROP_RESTART")
        if not command:
            raise BrokerError("set WEIR_INTEROP_RESTART to the command that restarts the broker")
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)

    def resident_kib(self):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def start(*options):
    """The broker for this test, as a context manager; the options are for `weir serve`."""
    address = os.environ.get("WEIR_INTEROP_BROKER")
    return RunningBroker(address) if address else Weir(*options)
