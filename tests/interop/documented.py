"""The commands of a page of the documentation, run as they stand there."""

import os
import re
import shutil
import signal
import subprocess
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class Page:
    """A page's blocks of commands, in an own directory, with weir and AMQP's tools led to a broker."""

    def __init__(self, path, weir):
        with open(os.path.join(ROOT, path)) as page:
            self.blocks = re.findall(r"^```\n(.*?)^```", page.read(), re.DOTALL | re.MULTILINE)
        self.directory = tempfile.TemporaryDirectory(prefix="weir-documented-")
        self.path = os.path.join(self.directory.name, "bin")
        os.mkdir(self.path)
        os.symlink(os.path.abspath(weir.binary), os.path.join(self.path, "weir"))
        self.script("bin/amqp-consume", 'exec {} --url amqp://guest:guest@{}:{} "$@"'.format(
            shutil.which("amqp-consume"), *weir.amqp))
        self.environment = dict(
            os.environ, PATH=f"{self.path}:{os.environ['PATH']}", WEIR_BOOTSTRAP=weir.address,
            WEIR_HTTP="{}:{}".format(*weir.http),
        )
        self.started = []

    def script(self, name, text):
        path = os.path.join(self.directory.name, name)
        with open(path, "w") as file:
            file.write(f"#!/bin/bash\n{text}\n")
        os.chmod(path, 0o755)

    def file(self, name):
        """Its lines; none if it is not there yet."""
        try:
            with open(os.path.join(self.directory.name, name)) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def run(self, block):
        """What the commands print; those in the background go on until stop()."""
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", block], cwd=self.directory.name, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )
            self.started.append(process.pid)
            status = process.wait(timeout=120)
            output.seek(0)
            printed = output.read()
        if status != 0:
            raise AssertionError(f"status {status} of\n{block}{printed}")
        return printed

    def next(self):
        return self.run(self.blocks.pop(0))

    def stop(self):
        for group in self.started:
            try:
                os.killpg(group, signal.SIGTERM)
            except ProcessLookupError:
                pass
        self.started.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.directory.cleanup()
