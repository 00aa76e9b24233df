"""A Celery application on weir: results, retries, countdowns, priorities, a worker that is killed at work."""

import os
import sys
import tempfile
import time

import toolchain

if "celery" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="celery"))

import signal

import broker
from processes import Reader, wait_until
from scenario import check, equal

HERE = os.path.dirname(os.path.realpath(__file__))
PATIENCE_S = 60
COUNTDOWN_S = 1


class Worker(Reader):
    """A worker process of the application, with one process for its tasks."""

    def __init__(self, name, queues):
        options = ["-c", "1", "-Q", queues, "-n", f"{name}@weir", "--without-gossip", "--without-mingle"]
        super().__init__(
            [sys.executable, "-m", "celery", "-A", "celery_app", "worker", *options, "--loglevel", "INFO"]
        )

    def kill(self):
        """With its child, at once."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(children) as file:
            pids = [int(pid) for pid in file.read().split()]
        for pid in [self.process.pid, *pids]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(60)


class Log:
    """What the tasks have noted."""

    def __init__(self, path):
        self.path = path
        open(path, "w").close()

    def rows(self, task):
        with open(self.path) as file:
            return [row.split()[1:] for row in file if row.split()[0] == task]


def results(app):
    equal(app.add.delay(2, 3).get(timeout=PATIENCE_S), 5, "a task's result")
    group = [app.add.delay(n, n) for n in range(50)]
    equal([one.get(timeout=PATIENCE_S) for one in group], [2 * n for n in range(50)], "fifty results")


def retries(app, log):
    equal(app.flaky.delay(2).get(timeout=PATIENCE_S), 2, "retries before it worked")
    equal([row[0] for row in log.rows("flaky")], ["0", "1", "2"], "its runs")


def countdown(app, log):
    begin = time.time()
    app.add.apply_async((100, 1), countdown=COUNTDOWN_S).get(timeout=PATIENCE_S)
    ran = next(float(row[-1]) for row in log.rows("add") if row[0] == "100")
    check(ran - begin >= COUNTDOWN_S, f"it ran after {ran - begin:.2f} s of {COUNTDOWN_S}")


def priorities(app, log):
    """Sent before there is a worker: the most important come first."""
    for number in range(9):
        app.add.apply_async((200, number), priority=number)
    return lambda: [int(row[1]) for row in log.rows("add") if row[0] == "200"]


def killed_worker(app, log, folder):
    gate = os.path.join(folder, "gate")
    first = Worker("first", "slow")
    result = app.slow.apply_async((gate,), queue="slow")
    wait_until("the task's first run", lambda: len(log.rows("slow")) == 1, [first])
    first.kill()
    open(gate, "w").close()
    second = Worker("second", "slow")
    check(result.get(timeout=PATIENCE_S), "the second run knows that it is one")
    equal([row[0] for row in log.rows("slow")], ["False", "True"], "whether it was delivered before")
    second.stop()


def survives_a_kill(app, weir):
    """Tasks that were sent before weir's end are done after it, by a worker that connects again by itself."""
    sent = [app.add.delay(300, n) for n in range(20)]
    weir.restart()
    sent.append(app.add.delay(300, 20))
    return sent


def run(weir, folder):
    log = Log(os.environ["WEIR_CELERY_LOG"])
    import celery_app as app

    order = priorities(app, log)
    worker = Worker("main", "work")
    wait_until("the tasks with priorities", lambda: len(order()) == 9, [worker])
    equal(order(), sorted(order(), reverse=True), "the order of priorities")
    results(app)
    retries(app, log)
    countdown(app, log)
    killed_worker(app, log, folder)
    survives_a_kill(app, weir)
    wait_until(
        "the tasks that were sent before and after the kill",
        lambda: {int(row[1]) for row in log.rows("add") if row[0] == "300"} == set(range(21)),
        [worker],
    )
    worker.stop()


def main():
    with tempfile.TemporaryDirectory() as folder, broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        os.environ["WEIR_CELERY_BROKER"] = "pyamqp://guest:guest@{}:{}//".format(*weir.amqp)
        os.environ["WEIR_CELERY_LOG"] = os.path.join(folder, "tasks.log")
        os.environ["PYTHONPATH"] = os.path.join(HERE, "python")
        sys.path.insert(0, os.environ["PYTHONPATH"])
        run(weir, folder)


if __name__ == "__main__":
    main()
