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
TURNS = "consumers take turns; RabbitMQ begins anew with the first one"
TAGS = "each delivery of a channel has a tag of its own"
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
    "one_tag_for_both": [
        Difference(
            "queue='one_tag_for_both.q' consumer_tag='t'\na 1 Basic.ConsumeOk consumer_tag='t'",
            "queue='one_tag_for_both.q' consumer_tag='t'\na 0 Connection.Close reply_code=530 reply_text="
            "\"NOT_ALLOWED - attempt to reuse consumer tag 't'\" class_id=60 method_id=20",
            "no two consumers of a channel have one tag",
        ),
    ],
}
