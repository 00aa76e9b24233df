// Which arguments of queues are refused, and how they are told.
#include "protocols/amqp/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

using testing::HasSubstr;

topology::Queue queue_with(const TableWriter& arguments) {
    return {.host = "/", .name = "q", .arguments = neutral(arguments.table())};
}

std::string refusal(const TableWriter& arguments) {
    return queue_mistake(queue_with(arguments)).value_or("");
}

TEST(QueueArguments, AreTakenInAnyWidth) {
    TableWriter arguments;
    arguments.add("x-message-ttl", std::int64_t{60'000})
        .add("x-expires", std::int32_t{1000})
        .add("x-max-length", std::int8_t{5})
        .add("x-max-length-bytes", std::int32_t{70'000})
        .add("x-max-priority", std::uint8_t{9})
        .add("x-single-active-consumer", true)
        .add("x-overflow", "reject-publish-dlx")
        .add("x-queue-type", "classic")
        .add("x-dead-letter-exchange", "")
        .add("x-dead-letter-routing-key", "k")
        .add("x-delivery-limit", std::int32_t{-1})
        .add("x-of-somebody-else", "kept");
    EXPECT_EQ(refusal(arguments), "");
}

TEST(QueueArguments, WhatCantBeIsRefusedByName) {
    EXPECT_THAT(refusal(TableWriter{}.add("x-message-ttl", std::int32_t{-1})),
                HasSubstr("invalid arg 'x-message-ttl' for queue 'q' in vhost '/'"));
    EXPECT_THAT(refusal(TableWriter{}.add("x-expires", std::int32_t{0})), HasSubstr("'x-expires'"));
    EXPECT_THAT(refusal(TableWriter{}.add("x-max-priority", std::int32_t{256})),
                HasSubstr("'x-max-priority'"));
    EXPECT_THAT(refusal(TableWriter{}.add("x-max-length", "5")), HasSubstr("'x-max-length'"));
    EXPECT_THAT(refusal(TableWriter{}.add("x-overflow", "spill")), HasSubstr("'x-overflow'"));
}

TEST(QueueArguments, ADeadLetterKeyNeedsAnExchange) {
    EXPECT_EQ(refusal(TableWriter{}.add("x-dead-letter-routing-key", "k")),
              "invalid arg 'x-dead-letter-routing-key' for queue 'q' in vhost '/': "
              "routing_key_but_no_dlx_defined");
    EXPECT_THAT(refusal(TableWriter{}.add("x-dead-letter-exchange", std::int32_t{1})),
                HasSubstr("'x-dead-letter-exchange'"));
}

TEST(QueueArguments, AQuorumQueueCantBeWhatRabbitMqsCantBe) {
    auto queue = queue_with(TableWriter{}.add("x-queue-type", "quorum"));
    EXPECT_EQ(queue_mistake(queue), std::nullopt);
    queue.is_auto_delete = true;
    EXPECT_EQ(queue_mistake(queue), "invalid property 'auto-delete' for queue 'q' in vhost '/'");
    queue.is_auto_delete = false;
    queue.is_durable = false;
    EXPECT_EQ(queue_mistake(queue), "invalid property 'non-durable' for queue 'q' in vhost '/'");
    queue.owner = Uuid::from_random(1, 2);
    EXPECT_EQ(queue_mistake(queue), "invalid property 'exclusive-owner' for queue 'q' in vhost '/'");
    queue = queue_with(TableWriter{}.add("x-queue-type", "quorum").add("x-max-priority", std::int32_t{5}));
    EXPECT_EQ(queue_mistake(queue),
              "invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue");
    EXPECT_THAT(refusal(TableWriter{}.add("x-queue-type", "other")), HasSubstr("'x-queue-type'"));
}

TEST(QueueArguments, WeirsOwnAreCheckedToo) {
    TableWriter good;
    good.add("x-delayed-retry-min", std::int32_t{100})
        .add("x-delayed-retry-max", std::int32_t{10'000})
        .add("x-deduplication-window", std::int32_t{60'000})
        .add("x-key-ordered", true)
        .add("x-retention", std::int64_t{86'400'000})
        .add("x-retention-bytes", std::int64_t{1} << 30)
        .add("x-consumer-timeout", std::int32_t{5'000});
    EXPECT_EQ(refusal(good), "");
    EXPECT_THAT(refusal(good.add("x-max-priority", std::int32_t{2})), HasSubstr("'x-key-ordered'"));
    for (const auto* name : {"x-delayed-retry-min", "x-deduplication-window", "x-consumer-timeout"})
        EXPECT_THAT(refusal(TableWriter{}.add(name, std::int32_t{0})), HasSubstr(name));
    EXPECT_THAT(refusal(TableWriter{}.add("x-key-ordered", "yes")), HasSubstr("'x-key-ordered'"));
}

TEST(Arguments, AreToldWithTheirTypes) {
    const auto table = neutral(TableWriter{}.add("n", std::int32_t{10}).add("t", "x").table());
    EXPECT_EQ(argument_text(table.at("n")), "the value '10' of type 'signedint'");
    EXPECT_EQ(argument_text(table.at("t")), "the value 'x' of type 'longstr'");
    EXPECT_EQ(argument_text(std::nullopt), "none");
}

TEST(ExchangeKinds, HaveTheirNames) {
    for (const auto* type : {"direct", "fanout", "topic", "headers", "x-consistent-hash"})
        EXPECT_EQ(exchange_type(exchange_kind(type).value()), type);
    EXPECT_FALSE(exchange_kind("x-delayed-message"));
}

TEST(QueueArguments, WhatIsWrongIsToldInRabbitMqsWords) {
    const auto why = [](const TableWriter& arguments) {
        const auto text = refusal(arguments);
        return text.substr(std::min(text.find("'/': "), text.size() - 5) + 5);
    };
    EXPECT_EQ(why(TableWriter{}.add("x-message-ttl", std::int32_t{-1})), "{value_negative,-1}");
    EXPECT_EQ(why(TableWriter{}.add("x-message-ttl", max_expiry_ms + 1)), "{value_too_large,315360000001}");
    EXPECT_EQ(why(TableWriter{}.add("x-expires", std::int32_t{0})), "{value_zero,0}");
    EXPECT_EQ(why(TableWriter{}.add("x-max-length", "5")), "\"expected integer, got longstr\"");
    EXPECT_EQ(why(TableWriter{}.add("x-max-priority", std::int32_t{256})), "{max_value_exceeded,256}");
    EXPECT_EQ(why(TableWriter{}.add("x-overflow", true)), "{unacceptable_type,bool}");
    EXPECT_EQ(why(TableWriter{}.add("x-overflow", "spill")), "invalid_overflow");
    EXPECT_EQ(why(TableWriter{}.add("x-queue-type", "odd")), "\"unsupported queue type 'odd'\"");
}

TEST(QueueArguments, OfAnotherTypeAreRefused) {
    EXPECT_EQ(refusal(TableWriter{}.add("x-max-age", "1D")),
              "invalid arg 'x-max-age' for queue 'q' in vhost '/' of queue type rabbit_classic_queue");
    EXPECT_EQ(refusal(TableWriter{}.add("x-queue-type", "quorum").add("x-queue-mode", "lazy")),
              "invalid arg 'x-queue-mode' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue");
    EXPECT_EQ(refusal(TableWriter{}.add("x-delivery-limit", std::int32_t{3})), "")
        << "here it is any queue's";
    EXPECT_THAT(refusal(TableWriter{}.add("x-max-age", "1D").add("x-queue-mode", "odd")),
                HasSubstr("\"unsupported queue mode 'odd'\""))
        << "what the type has comes first";
}

TEST(ConsumerArguments, AreCheckedByTheTypeOfTheQueue) {
    const auto classic = queue_with({}), quorum = queue_with(TableWriter{}.add("x-queue-type", "quorum"));
    const auto mistake = [](const topology::Queue& queue, const TableWriter& arguments) {
        return consumer_mistake(queue, neutral(arguments.table())).value_or("");
    };
    EXPECT_EQ(mistake(classic, TableWriter{}.add("x-priority", std::int32_t{-5})), "");
    EXPECT_THAT(mistake(classic, TableWriter{}.add("x-priority", "5")),
                HasSubstr("\"expected integer, got longstr\""));
    EXPECT_THAT(mistake(classic, TableWriter{}.add("x-cancel-on-ha-failover", std::int32_t{1})),
                HasSubstr("{unacceptable_type,signedint}"));
    EXPECT_THAT(mistake(classic, TableWriter{}.add("x-stream-offset", "first")),
                HasSubstr("of queue type rabbit_classic_queue"));
    EXPECT_THAT(mistake(quorum, TableWriter{}.add("x-stream-offset", "first")),
                HasSubstr("of queue type rabbit_quorum_queue"));
}

TEST(HeaderMatch, IsOneOfFourWords) {
    const auto mistake = [](const TableWriter& arguments) {
        return header_match_mistake(neutral(arguments.table())).value_or("");
    };
    EXPECT_EQ(mistake(TableWriter{}), "");
    EXPECT_EQ(mistake(TableWriter{}.add("x-match", "any-with-x")), "");
    EXPECT_THAT(mistake(TableWriter{}.add("x-match", "ALL")),
                HasSubstr("field value <<\"ALL\">>; expected all"));
    EXPECT_THAT(mistake(TableWriter{}.add("x-match", std::int32_t{5})),
                HasSubstr("type signedint (value 5)"));
}

TEST(Limits, AreNumbersAmongSettings) {
    EXPECT_EQ(limit_of({{"max-queues", 5}}, "max-queues"), 5u);
    EXPECT_EQ(limit_of({{"max-queues", -1}}, "max-queues"), std::nullopt) << "no limit";
    EXPECT_EQ(limit_of({{"max-queues", "5"}}, "max-queues"), std::nullopt);
    EXPECT_EQ(limit_of({}, "max-queues"), std::nullopt);
}

TEST(ExchangeKinds, OneThatDelaysSaysHowItRoutes) {
    const auto type =
        declared_type("x-delayed-message", TableWriter{}.add("x-delayed-type", "topic").table());
    const auto* good = std::get_if<ExchangeType>(&type);
    ASSERT_NE(good, nullptr);
    EXPECT_EQ(good->kind, topology::ExchangeKind::pattern);
    EXPECT_TRUE(good->is_delayed);
    EXPECT_EQ(exchange_type(topology::Exchange{.is_delayed = true}), "x-delayed-message");
    for (const auto& arguments : {TableWriter{}, TableWriter{}.add("x-delayed-type", "x-delayed-message")}) {
        const auto wrong = declared_type("x-delayed-message", arguments.table());
        EXPECT_EQ(std::get<std::string>(wrong),
                  "Invalid argument, 'x-delayed-type' must be an existing exchange type");
    }
    EXPECT_EQ(std::get<std::string>(declared_type("odd", {})), "unknown exchange type 'odd'");
}

}  // namespace
}  // namespace weir::amqp
