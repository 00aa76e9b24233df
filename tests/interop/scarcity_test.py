"""A broker out of file descriptors, or of disk: the right error, reads go on, all is well afterwards.

Run with the word `disk`, weir's data lie on a small file system of its own.
"""

import contextlib
import os
import resource
import subprocess
import sys
import tempfile

import broker
import calls
import toolchain
from behaviour import same, wait_until
from scenario import check
from wire import Connection, batch, record

STORAGE_ERROR = 56
FEW_DESCRIPTORS = 8  # fewer than any process of weir's has open
DISK_MIB = 48
WRAPPER = """#!/bin/sh
exec unshare -Urm sh -c 'mkdir -p "$0" && mount -t tmpfs -o size={size}m tmpfs "$0" && exec "$@"' \\
    "$3" '{weir}' "$@"
"""  # the third word: weir serve --data DIRECTORY


def create(connection, topic):
    same(calls.create_topics(connection, [(topic, 1, 1, {})])[0][1], 0, f"creating {topic}")


def send(connection, topic, value):
    return calls.produce_one(connection, topic, batch([record(value)]))["error"]


def read(connection, topic, offset=0):
    answer = calls.fetch_one(connection, topic, offset)
    same(answer["error"], 0, f"a fetch of {topic}")
    return answer["data"]


def descriptors():
    """None is free: those of other segments make room. Then nothing at all can be opened."""
    with broker.start() as server, Connection(server) as connection:
        _, most = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        for topic in ("before", "other"):
            create(connection, topic)
            same(send(connection, topic, b"first"), 0, "a produce")
        used = max(map(int, os.listdir(f"/proc/{server.pid}/fd"))) + 1
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (used, most))
        waiting = Connection(server)  # the kernel takes it, weir can't yet
        for topic in ("before", "other"):
            same(send(connection, topic, b"second"), 0, "a produce while none is free")
            assert b"second" in read(connection, topic, 1), "reads do not go on"
        create(connection, "new")
        same(send(connection, "new", b"x"), 0, "a produce that needs a file takes another's")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (FEW_DESCRIPTORS, most))
        create(connection, "newer")
        same(send(connection, "newer", b"x"), STORAGE_ERROR, "a produce that can't have a file")
        for topic in ("before", "other", "new"):
            assert calls.fetch_one(connection, topic, 0)["error"] in (0, STORAGE_ERROR), topic
            same(calls.list_offset(connection, topic, -1)[0], 0, topic)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (most, most))
        wait_until(lambda: send(connection, "newer", b"x") == 0, "it does not recover")
        for topic in ("before", "other"):
            same(calls.list_offset(connection, topic, -1)[2], 2, "what was acknowledged")
            assert b"second" in read(connection, topic, 1), "what was acknowledged can't be read"
        assert calls.api_versions(waiting), "the connection that waited is not served"
        waiting.close()
        server.restart()
    print("no descriptor left: refused where one is needed, served otherwise, and after it all")


class SmallDisk(contextlib.ExitStack):
    """weir, with its data on a tmpfs that only it sees; others reach it by way of its process."""

    def __enter__(self):
        super().__enter__()
        folder = self.enter_context(tempfile.TemporaryDirectory(prefix="weir-disk-"))
        weir, wrapper = os.path.abspath(os.environ["WEIR_BINARY"]), os.path.join(folder, "weir")
        with open(wrapper, "w") as file:
            file.write(WRAPPER.format(size=DISK_MIB, weir=weir))
        os.chmod(wrapper, 0o755)
        os.environ["WEIR_BINARY"] = wrapper
        sizes = ["--journal-file-bytes", "4MiB", "--journal-checkpoint-bytes", "8MiB"]
        self.server = self.enter_context(broker.Weir(*sizes))
        self.filler = f"/proc/{self.server.pid}/root{self.server.directory.name}/data/filler"
        return self

    def fill(self):
        """Leaves no room at all."""
        with open(self.filler, "ab") as file:
            for size in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        os.write(file.fileno(), bytes(size))


def disk():
    probe = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        toolchain.skip("no file system can be mounted in a namespace of one's own here")
    with SmallDisk() as small, Connection(small.server) as connection:
        create(connection, "t")
        kept = 10
        same([send(connection, "t", b"first %d" % n) for n in range(kept)], [0] * kept, "a produce")
        for _ in range(3):
            small.fill()
            while (error := send(connection, "t", os.urandom(100_000))) == 0:
                kept += 1
            same(error, STORAGE_ERROR, "a produce to a full disk")
            check(small.server.alive(), "the broker lives")
            same(calls.list_offset(connection, "t", -1)[2], kept, "what was acknowledged")
            assert b"first 9" in read(connection, "t", 9), "reads do not go on"
            os.remove(small.filler)
            wait_until(lambda: send(connection, "t", b"room") == 0, "it does not recover")
            kept += 1
        for offset in range(kept):
            assert read(connection, "t", offset), f"offset {offset} is not there"
    print(f"a full disk, three times: {kept} acknowledged records are all there")


if __name__ == "__main__":
    disk() if "disk" in sys.argv else descriptors()
