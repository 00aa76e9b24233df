"""RabbitMQ from Debian's package, with its own default settings, on a fixed port and a folder of its own."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

from brokers import Process

PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"
USER = "rabbitmq"
START_LIMIT_S = 120


class RabbitMQ(Process):
    """Node rabbit@localhost; nothing of it listens on anything but this machine's loopback."""

    name = "rabbitmq"

    def __init__(self, folder, port=25671):
        self.folder, self.port, self.launcher = folder, port, None
        self.amqp = f"127.0.0.1:{port}"

    def environment(self):
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.path.join(self.folder, "home"),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.port + 2),
            "RABBITMQ_NODENAME": "rabbit@localhost",
            "RABBITMQ_CONFIG_FILE": os.path.join(self.folder, "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_MNESIA_BASE": os.path.join(self.folder, "mnesia"),
            "RABBITMQ_LOG_BASE": os.path.join(self.folder, "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": os.path.join(self.folder, "enabled_plugins"),
            "RABBITMQ_DIST_PORT": str(self.port + 1),
            "RABBITMQ_PID_FILE": os.path.join(self.folder, "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def start(self):
        """Starts on an empty folder; returns the seconds until it is ready."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(os.path.join(self.folder, "home"))
        with open(os.path.join(self.folder, "rabbitmq.conf"), "w") as file:
            file.write(f"listeners.tcp.1 = {self.amqp}\nlog.console = false\n")
        with open(os.path.join(self.folder, "enabled_plugins"), "w") as file:
            file.write("[].")
        owner = pwd.getpwnam(USER)
        for folder, _, names in os.walk(self.folder):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                os.chown(path, owner.pw_uid, owner.pw_gid)
        return self.start_again()

    def start_again(self):
        """Starts on the data that are there."""
        begun = time.monotonic()
        drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        with open(os.path.join(self.folder + ".log"), "a") as log:
            self.launcher = subprocess.Popen(
                [*drop, PROGRAM], env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        while not self.answers():
            if self.launcher.poll() is not None or time.monotonic() - begun > START_LIMIT_S:
                raise RuntimeError(f"RabbitMQ did not start: {self.folder}.log")
            time.sleep(0.05)
        with open(os.path.join(self.folder, "pid")) as file:
            self.pid = int(file.read())
        return time.monotonic() - begun

    def answers(self):
        """Whether it greets a client of AMQP 0-9-1."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                connection.sendall(b"AMQP\0\0\x09\x01")
                return connection.recv(1) != b""
        except OSError:
            return False

    def end(self, number):
        if self.launcher is None:
            return
        os.kill(self.pid, number)
        self.launcher.wait()
        self.launcher = None

    def stop(self):
        self.end(signal.SIGTERM)
        for pid in self.helpers():
            os.kill(pid, signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)

    def helpers(self):
        """The port mapper that it has started, by the port in its environment."""
        wanted = f"ERL_EPMD_PORT={self.port + 2}".encode()
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/environ", "rb") as environ, open(f"/proc/{entry}/comm") as name:
                    if wanted in environ.read().split(b"\0") and name.read().startswith("epmd"):
                        yield int(entry)
            except OSError:
                continue
