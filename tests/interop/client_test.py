"""Runs the scenario with one client: client_test.py CLIENT [step...]."""

import sys

import broker
import scenario
import toolchain

CLIENTS = {
    "confluent_kafka": lambda: toolchain.python_agent("confluent_agent"),
    "kafka_python": lambda: toolchain.python_agent("kafka_python_agent"),
    "franz_go": lambda: toolchain.go_agent("franz"),
    "sarama": lambda: toolchain.go_agent("sarama"),
    "kafkajs": toolchain.node_agent,
    "librdkafka": toolchain.librdkafka_agent,
}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CLIENTS:
        sys.exit(f"usage: client_test.py {'|'.join(CLIENTS)} [step...]")
    command = CLIENTS[sys.argv[1]]()
    with broker.start() as server:
        scenario.run(server, command, sys.argv[2:])


if __name__ == "__main__":
    main()
