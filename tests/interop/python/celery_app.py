"""A Celery application whose tasks write a line for each run to the file that WEIR_CELERY_LOG names."""

import os
import time

import celery
import kombu

app = celery.Celery(broker=os.environ["WEIR_CELERY_BROKER"], backend="rpc://")
app.conf.update(
    task_queues=[kombu.Queue("work", queue_arguments={"x-max-priority": 10}), kombu.Queue("slow")],
    task_default_queue="work",
    broker_connection_retry_on_startup=True,
    broker_transport_options={"confirm_publish": True},
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=os.environ.get("WEIR_CELERY_CONTROL") == "yes",
    result_expires=60,
)


def note(*words):
    with open(os.environ["WEIR_CELERY_LOG"], "a") as log:
        log.write(" ".join(map(str, (*words, time.time()))) + "\n")


@app.task
def add(one, other):
    note("add", one, other)
    return one + other


@app.task(bind=True, max_retries=5)
def flaky(self, failures):
    note("flaky", self.request.retries)
    if self.request.retries < failures:
        raise self.retry(countdown=0.2)
    return self.request.retries


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def slow(self, gate):
    note("slow", self.request.delivery_info["redelivered"])
    while not os.path.exists(gate):
        time.sleep(0.05)
    return bool(self.request.delivery_info["redelivered"])
