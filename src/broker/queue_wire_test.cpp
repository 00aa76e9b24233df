// Requests and events between nodes: as their golden bytes say, and nothing cut passes for one.
#include "broker/queue_wire.hpp"

#include <gtest/gtest.h>

#include "broker/queue/message_maker.hpp"
#include "support/golden.hpp"

namespace weir::broker {
namespace {

using namespace queue;

constexpr QueueId sent_queue{7};
constexpr HolderId sent_holder{300};
constexpr ConsumerId consumer{4};

MessagePtr message() {
    static constexpr std::uint8_t properties[] = {1, 2}, body[] = {3};
    return copied({"e", "k", properties, body});
}

// One of each, in the order of the variant.
std::vector<ShardRequest> requests() {
    return {
        DeclareRequest{
            sent_queue, "q", {.max_length = 9}, {{.partition = PartitionId{2}, .next = Offset{8}}}},
        StatusRequest{sent_queue},
        PurgeRequest{sent_queue},
        RemoveRequest{sent_queue, true, false},
        EnqueueRequest{{.targets = {sent_queue, QueueId{8}}, .content_bytes = 5, .priority = 2}, message()},
        AttachRequest{sent_holder, 10, nullptr},
        SubscribeRequest{{sent_queue, {.id = consumer, .holder = sent_holder, .window = 1, .priority = -1}}},
        CancelRequest{consumer, sent_holder},
        GrantRequest{sent_queue, consumer, 256},
        TakeRequest{sent_queue, sent_holder, true},
        DispositionRequest{{sent_holder, Verdict::reject, {{sent_queue, Sequence{0, 5}}}}},
        CloseRequest{sent_holder},
        TransactRequest{{{{.targets = {sent_queue}, .content_bytes = 5}, message()}},
                        {{sent_holder, Verdict::accept, {{sent_queue, Sequence{0, 5}}}}}},
        AdoptRequest{{.source = {sent_queue, Sequence{0, 5}},
                      .targets = {QueueId{9}},
                      .group_key = "g",
                      .history = {{.queue = "q", .exchange = "e", .keys = {"k"}}},
                      .exchange = "dead",
                      .key = "buried"},
                     Reason::expired,
                     message()},
        EnqueueAllRequest{{{{.targets = {sent_queue}, .content_bytes = 5}, message()}}},
        ReadRequest{sent_queue, 2, {ReadStart::Kind::at_time, 9}, 300, 500}};
}

Delivery delivery() {
    return {.consumer = consumer,
            .holder = sent_holder,
            .message = {sent_queue, Sequence{0, 5}},
            .position = Offset{6},
            .content = Offset{6},
            .bytes = 5,
            .delivery_count = 1,
            .redelivered = true};
}
StoredMessage stored() {
    static const auto kept = message();
    return {.owner = kept,
            .exchange = kept->exchange,
            .key = kept->key,
            .properties = kept->properties,
            .body = kept->body};
}
StoredMessage referred() {
    auto message = stored();
    message.referral = std::make_shared<const ReferRecord>(
        ReferRecord{.content = Offset{6}, .content_bytes = 5, .targets = {{sent_queue}}, .exchange = "e"});
    return message;
}
// Of a subscription.
StoredMessage of_topic() {
    static const Bytes key{'a'}, header{2, 'h', 2, 'v'};
    static const message::RecordView record{
        .offset = Offset{40}, .timestamp_ms = -1, .key = key, .header_count = 1, .header_bytes = header};
    return {.record = &record, .partition = PartitionId{3}, .topic = "t", .is_one_of_many = true};
}

std::vector<QueueEvent> events() {
    return {
        AnswerEvent{
            1, ShardReply{StatusReply{Answer::done, {.ready = 3, .consumers = 1, .counters = {5, 6, 7, 8}}}}},
        AnswerEvent{2, ShardReply{CountReply{Answer::not_empty, 4}}},
        AnswerEvent{3, ShardReply{PublishReply{.is_written = true, .refused = {sent_queue}}}},
        AnswerEvent{4, ShardReply{Answer::exclusive}},
        AnswerEvent{5, ShardReply{Got{{Answer::done, delivery(), 2}, stored()}}},
        AnswerEvent{6, ShardReply{Got{}}},
        AnswerEvent{7, Error{Errc::not_leader, "no"}},
        ArrivalsEvent{PartitionId{1},
                      2,
                      sent_holder,
                      {{delivery(), stored()}, {delivery(), referred()}, {delivery(), of_topic()}}},
        NoticeEvent{PartitionId{1}, 2, {Notice::Kind::activated, consumer, sent_holder, sent_queue}},
        LostEvent{PartitionId{1}, 2, {Errc::outcome_unknown, "lost"}},
        AnswerEvent{8, ShardReply{TransactReply{{{.is_written = true}}}}},
        AnswerEvent{9, ShardReply{ReadReply{.first = 1, .end = 5, .from = 4, .messages = {{7, stored()}}}}}};
}

Bytes request_bytes() {
    QueueRequestsWriter out{9, 1};
    std::uint64_t number = 0;
    for (auto& request : requests())
        out.add({++number, PartitionId{1}, LeaderEpoch{3}, 2, std::move(request)});
    return out.take();
}
Bytes event_bytes() {
    QueueEventsWriter out;
    for (const auto& event : events()) out.add(event);
    return out.take();
}

TEST(QueueWire, IsWhatItWas) {
    EXPECT_EQ(test::to_hex(request_bytes()), test::to_hex(test::golden("queue/requests")));
    EXPECT_EQ(test::to_hex(event_bytes()), test::to_hex(test::golden("queue/events")));
}

TEST(QueueWire, RequestsComeBackWhole) {
    ASSERT_EQ(requests().size(), std::variant_size_v<ShardRequest>);
    const auto bytes = request_bytes();
    const auto back = decode_queue_requests(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->session, 9u);
    ASSERT_EQ(back->requests.size(), requests().size());
    QueueRequestsWriter again{back->session, back->sequence};
    for (const auto& request : back->requests) again.add(request);
    EXPECT_EQ(again.take(), bytes);
    const auto& enqueue = std::get<EnqueueRequest>(back->requests[4].request);
    EXPECT_TRUE(std::ranges::equal(enqueue.message->body, message()->body));
    EXPECT_EQ(std::get<SubscribeRequest>(back->requests[6].request).consume.consumer.priority, -1);
}

TEST(QueueWire, AReplyComesBackWhole) {
    const auto bytes = encode_reply("3.secret", message());
    EXPECT_EQ(test::to_hex(bytes), test::to_hex(test::golden("queue/reply")));
    const auto back = decode_reply(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->address, "3.secret");
    EXPECT_EQ(encode_reply(back->address, back->message), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_reply(ByteView{bytes}.first(size))) << size;
}

TEST(QueueWire, EventsComeBackWhole) {
    const auto bytes = event_bytes();
    const auto back = decode_queue_events(bytes, nullptr);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->size(), events().size());
    QueueEventsWriter again;
    for (const auto& event : *back) again.add(event);
    EXPECT_EQ(again.take(), bytes);
    const auto& arrivals = std::get<ArrivalsEvent>(back->at(7)).arrivals;
    EXPECT_EQ(arrivals.at(1).message.referral->exchange, "e");
    const auto& record = *arrivals.at(2).message.record;
    EXPECT_EQ(record.headers().at(0).key, "h");
    EXPECT_EQ(record.timestamp_ms, -1);
    EXPECT_FALSE(record.value);
}

TEST(QueueWire, ARecordWithFewerHeadersThanItSaysIsRefused) {
    QueueEventsWriter out;
    auto message = of_topic();
    auto record = *message.record;
    record.header_count = 2;
    message.record = &record;
    out.add(ArrivalsEvent{PartitionId{1}, 2, sent_holder, {{delivery(), message}}});
    EXPECT_EQ(decode_queue_events(out.take(), nullptr).error().code, Errc::corrupt);
}

TEST(QueueWire, WhatIsCutOrOfAnotherVersionIsRefused) {
    for (auto bytes : {request_bytes(), event_bytes()}) {
        bytes.pop_back();
        EXPECT_FALSE(decode_queue_requests(bytes));
        EXPECT_FALSE(decode_queue_events(bytes, nullptr));
        bytes[0] = queue_wire_version + 1;
        EXPECT_EQ(decode_queue_requests(bytes).error().code, Errc::unsupported);
        EXPECT_EQ(decode_queue_events(bytes, nullptr).error().code, Errc::unsupported);
    }
    EXPECT_EQ(*decode_queue_events_request(encode_queue_events_request(300)), 300u);
    EXPECT_FALSE(decode_queue_events_request(Bytes{queue_wire_version}));
}

}  // namespace
}  // namespace weir::broker
