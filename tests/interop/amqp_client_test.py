"""Runs the AMQP scenario with one client: amqp_client_test.py CLIENT [step...]."""

import os
import sys

import amqp_scenario
import broker
import toolchain

CLIENTS = {
    "aio_pika": lambda: toolchain.python_agent("aio_pika_agent"),
    "kombu": lambda: toolchain.python_agent("kombu_agent"),
    "amqp091_go": lambda: toolchain.go_agent("amqp091"),
    "amqplib": lambda: toolchain.node_agent("amqplib"),
    "rabbitmq_java": toolchain.rabbitmq_java_agent,
}


class RunningRabbit:
    """A RabbitMQ that someone else started, to check that the scenario asks for what RabbitMQ does."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.amqp = host, int(port)

    def restart(self):
        raise broker.BrokerError("only weir is killed here: name the steps that need no restart")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CLIENTS:
        sys.exit(f"usage: amqp_client_test.py {'|'.join(CLIENTS)} [step...]")
    command = CLIENTS[sys.argv[1]]()
    rabbit = os.environ.get("WEIR_AMQP_RABBITMQ")
    with RunningRabbit(rabbit) if rabbit else broker.Weir("--amqp-listen", "127.0.0.1:0") as server:
        amqp_scenario.run(server, command, sys.argv[2:])


if __name__ == "__main__":
    main()
