"""Where weir means to say otherwise than RabbitMQ 3.10.8, and why (docs/protocols/amqp.md)."""

import re
from typing import NamedTuple


class Difference(NamedTuple):
    rabbitmq: str  # a part of what RabbitMQ says in a scenario
    weir: str  # what weir says instead, everywhere in it
    why: str


# What RabbitMQ 4 has added to the texts of 3.10: taken out of what weir says, wherever it is.
NEWER = [
    (re.compile(r"ACCESS_REFUSED - (configure|write|read) access to "), "ACCESS_REFUSED - access to "),
    (re.compile(r", 'x-last-death-\w+': '[^']*'"), ""),
]

AS_4 = "as RabbitMQ 4: the channel ends, not the connection"
AS_4_TEXT = "as RabbitMQ 4 says it"
AS_4_IGNORED = "as RabbitMQ 4, which has no mirrors: passed over"
AS_4_HISTORY = "as RabbitMQ 4: a history is the broker's own"
TURNS = "consumers take turns; RabbitMQ begins anew with the first one"
TAGS = "each delivery of a channel has a tag of its own"
FIRST_DEATH = (
    "'x-first-death-exchange': '', 'x-first-death-queue': 'deaths_of_the_publishers_own.q', "
    "'x-first-death-reason': 'rejected'"
)
AS_4_CLOSE = Difference(
    '0 Connection.Close reply_code=503 reply_text="COMMAND_INVALID',
    '1 Channel.Close reply_code=406 reply_text="PRECONDITION_FAILED',
    AS_4,
)
TO_CLIENT = "client 1 Basic.Deliver consumer_tag='t' "
UNCOUNTED = Difference(
    " headers={'x-delivery-count': 0L}", "", "as RabbitMQ 4: counted from the first return on"
)


def deleted_all_the_same(condition):
    """Conditions of queue.delete hold for quorum queues, too."""
    return Difference(
        "0 Connection.Close reply_code=540 reply_text=\"NOT_IMPLEMENTED - cannot delete queue "
        "'quorum_conditions.q' in vhost '/'. queue.delete operations with "
        f'{condition} flag set are not supported by quorum queues" class_id=50 method_id=40',
        "1 Queue.DeleteOk",
        "a queue like others",
    )

def taken(asked, kind, said, why):
    """An argument that RabbitMQ refuses for the type of the queue, and what weir says to it."""
    argument, method, queue = asked.split("'")[1], "50 method_id=10", "arguments_of_classic_queues.q"
    if "Consume" in said:
        method, queue = "60 method_id=20", f"arguments_of_{kind}_consumers.q"
    return Difference(
        f"{asked}\na 1 Channel.Close reply_code=406 reply_text=\"PRECONDITION_FAILED - "
        f"invalid arg '{argument}' for queue '{queue}' in vhost '/' of queue type rabbit_{kind}_queue\" "
        f"class_id={method}",
        f"{asked}\na 1 {said}",
        why,
    )


def declared_all_the_same(asked, why):
    return taken(asked, "classic", "Queue.DeclareOk queue='arguments_of_classic_queues.q'", why)


def consumed_all_the_same(kind):
    return [
        taken(f"'x-cancel-on-ha-failover': {value}}}", kind, "Basic.ConsumeOk consumer_tag='t'", AS_4_IGNORED)
        for value in ("True", "False", "'true'", "1", "None")
    ]


def less_of_a_stream(argument, value, kind):
    """Streams are topics, whose settings may come from elsewhere: only what is given is compared."""
    return Difference(
        f"Channel.Close reply_code=406 reply_text=\"PRECONDITION_FAILED - inequivalent arg '{argument}' for "
        f"queue 'streams_again_otherwise.q' in vhost '/': received none but current is the value '{value}' "
        f"of type '{kind}'\" class_id=50 method_id=10",
        "Queue.DeclareOk queue='streams_again_otherwise.q'",
        "only what is given is compared",
    )


MEANT = {
    "exchange_of_an_unknown_type": [AS_4_CLOSE],
    "exchange_without_a_type": [AS_4_CLOSE],
    "prefetch_of_a_channel": [
        Difference("consumer_tag='t' delivery_tag=3", "consumer_tag='u' delivery_tag=3", TURNS),
        Difference("consumer_tag='u' delivery_tag=4", "consumer_tag='t' delivery_tag=4", TURNS),
    ],
    "reply_to": [
        Difference(
            "tag=1 routing_key='amq.rabbitmq.reply-to.*' b'more'",
            "tag=2 routing_key='amq.rabbitmq.reply-to.*' b'more'",
            TAGS,
        ),
        Difference(
            TO_CLIENT + "delivery_tag=1 routing_key='reply_to.q'",
            TO_CLIENT + "delivery_tag=3 routing_key='reply_to.q'",
            TAGS,
        ),
        Difference(
            TO_CLIENT + "delivery_tag=1 routing_key='amq.rabbitmq.reply-to.*' b'in a transaction'\n",
            "",
            "a reply in a transaction waits for its commit",
        ),
    ],
    "quorum_declarations": [
        Difference(
            "received none but current is the value 'quorum' of type 'longstr'",
            "received 'classic' but current is 'quorum'",
            "as RabbitMQ 4: a queue that says nothing is a classic one",
        )
    ],
    "quorum_returns": [UNCOUNTED],
    "quorum_limit": [UNCOUNTED],
    "quorum_lengths": [UNCOUNTED],
    "quorum_conditions": [deleted_all_the_same("if-unused"), deleted_all_the_same("if-empty")],
    "stream_refusals": [
        Difference(
            "is not set for 'queue 'stream_refusals.q' in vhost '/''",
            "is not set for stream queue 'stream_refusals.q' in vhost '/'",
            AS_4_TEXT,
        ),
        Difference(
            "automatic acknowledgement not supported by stream queues",
            "automatic acknowledgement not supported by stream",
            AS_4_TEXT,
        ),
        Difference(
            """reply_text='PRECONDITION_FAILED - invalid arg \\'x-stream-offset\\' for queue """
            """\\'stream_refusals.q\\' in vhost \\'/\\': {invalid_stream_offset_arg,{longstr,<<"1x">>}}'""",
            """reply_text="PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue """
            """'stream_refusals.q' in vhost '/'\"""",
            "no term of Erlang's",
        ),
    ],
    "stream_rejections": [
        Difference(
            "\na 0 Connection.Close reply_code=540 reply_text=\"NOT_IMPLEMENTED - basic.nack and "
            "basic.reject not supported by stream queues queue 'stream_rejections.q' in vhost '/'\" "
            "class_id=60 method_id=120",
            "",
            "it makes room for another record, as an acknowledgement does",
        )
    ],
    "arguments_of_classic_queues": [
        declared_all_the_same("'x-delivery-limit': 5}", "any queue has a limit of deliveries"),
        declared_all_the_same("'x-queue-leader-locator': 'client-local'}", "as RabbitMQ 4"),
    ],
    "streams_again_otherwise": [
        less_of_a_stream("x-max-length-bytes", 10_000_000, "signedint"),
        less_of_a_stream("x-max-age", "7D", "longstr"),
        less_of_a_stream("x-stream-max-segment-size-bytes", 1_000_000, "signedint"),
    ],
    "queue_arguments_that_cant_be": [
        Difference(
            "'x-delivery-limit': '5'}\na 1 Queue.DeclareOk queue='queue_arguments_that_cant_be.q'",
            "'x-delivery-limit': '5'}\na 1 Channel.Close reply_code=406 reply_text='PRECONDITION_FAILED - "
            "invalid arg \\'x-delivery-limit\\' for queue \\'queue_arguments_that_cant_be.q\\' in vhost "
            "\\'/\\': \"expected integer, got longstr\"' class_id=50 method_id=10",
            "a limit that is none would not be kept",
        )
    ],
    "arguments_of_quorum_consumers": consumed_all_the_same("quorum"),
    "arguments_of_stream_consumers": consumed_all_the_same("stream"),
    "deaths_of_the_publishers_own": [
        Difference(
            ", {'count': 3, 'exchange': '', 'queue': 'elsewhere', 'reason': 'rejected', "
            "'routing-keys': ['k']}]} b'm'\na 1> Channel",
            "], " + FIRST_DEATH + "} b'm'\na 1> Channel",
            AS_4_HISTORY,
        ),
        Difference("'time': a time}]} b'm'", "'time': a time}], " + FIRST_DEATH + "} b'm'", AS_4_HISTORY),
    ],
    "deaths_that_are_published_on": [Difference("'count': 2L", "'count': 1L", AS_4_HISTORY)],
    "one_tag_for_both": [
        Difference(
            "queue='one_tag_for_both.q' consumer_tag='t'\na 1 Basic.ConsumeOk consumer_tag='t'",
            "queue='one_tag_for_both.q' consumer_tag='t'\na 0 Connection.Close reply_code=530 reply_text="
            "\"NOT_ALLOWED - attempt to reuse consumer tag 't'\" class_id=60 method_id=20",
            "no two consumers of a channel have one tag",
        ),
    ],
}
