"""Where weir means to say otherwise than RabbitMQ 3.10.8, and why (docs/protocols/amqp.md)."""

import re
from typing import NamedTuple


class Difference(NamedTuple):
    rabbitmq: str  # a part of what RabbitMQ says in a scenario
    weir: str  # what weir says instead, everywhere in it
    why: str


# What RabbitMQ 4 has added to the texts of 3.10: taken out of what weir says, wherever it is.
NEWER = [(re.compile(r"ACCESS_REFUSED - (configure|write|read) access to "), "ACCESS_REFUSED - access to ")]

AS_4 = "as RabbitMQ 4: the channel ends, not the connection"
TURNS = "consumers take turns; RabbitMQ begins anew with the first one"
TAGS = "each delivery of a channel has a tag of its own"
AS_4_CLOSE = Difference(
    '0 Connection.Close reply_code=503 reply_text="COMMAND_INVALID',
    '1 Channel.Close reply_code=406 reply_text="PRECONDITION_FAILED',
    AS_4,
)
TO_CLIENT = "client 1 Basic.Deliver consumer_tag='t' "

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
    "one_tag_for_both": [
        Difference(
            "queue='one_tag_for_both.q' consumer_tag='t'\na 1 Basic.ConsumeOk consumer_tag='t'",
            "queue='one_tag_for_both.q' consumer_tag='t'\na 0 Connection.Close reply_code=530 reply_text="
            "\"NOT_ALLOWED - attempt to reuse consumer tag 't'\" class_id=60 method_id=20",
            "no two consumers of a channel have one tag",
        ),
    ],
}
