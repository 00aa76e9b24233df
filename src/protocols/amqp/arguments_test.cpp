// What arguments of queues mean, and which are refused.
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
    const auto config = queue_config(queue_with(arguments));
    const auto* mistake = std::get_if<std::string>(&config);
    return mistake ? *mistake : "";
}

TEST(QueueArguments, AreReadInAnyWidth) {
    TableWriter arguments;
    arguments.add("x-message-ttl", std::int64_t{60'000})
        .add("x-expires", std::int32_t{1000})
        .add("x-max-length", std::int8_t{5})
        .add("x-max-length-bytes", std::int32_t{70'000})
        .add("x-max-priority", std::uint8_t{9})
        .add("x-single-active-consumer", true)
        .add("x-overflow", "reject-publish")
        .add("x-queue-type", "classic")
        .add("x-of-somebody-else", "kept");
    const auto config = std::get<queue::QueueConfig>(queue_config(queue_with(arguments)));
    EXPECT_EQ(config.message_ttl_ms, 60'000);
    EXPECT_EQ(config.expires_ms, 1000);
    EXPECT_EQ(config.max_length, 5);
    EXPECT_EQ(config.max_bytes, 70'000);
    EXPECT_EQ(config.max_priority, 9);
    EXPECT_TRUE(config.single_active_consumer);
    EXPECT_EQ(config.overflow, queue::Overflow::reject);
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

TEST(QueueArguments, WhatWouldLoseMessagesIsRefusedUntilItIsServed) {
    for (const auto* name : {"x-dead-letter-exchange", "x-dead-letter-routing-key"})
        EXPECT_THAT(refusal(TableWriter{}.add(name, "e")), HasSubstr("does not serve it yet")) << name;
    EXPECT_THAT(refusal(TableWriter{}.add("x-queue-type", "quorum")), HasSubstr("'x-queue-type'"));
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

}  // namespace
}  // namespace weir::amqp
