// Messages and records on their way there and back: what a door gave, it gets again.
#include "protocols/amqp/record_mapping.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

constexpr std::string_view topic = "orders";
constexpr std::size_t no_limit = std::size_t{1} << 30;
constexpr std::int64_t now_ms = 1'700'000'000'000;

// A message and the bytes that its Publish views.
struct Message {
    std::string exchange, routing_key;
    Bytes properties, body;

    Publish publish() const {
        Publish out;
        out.method.exchange = exchange;
        out.method.routing_key = routing_key;
        out.properties = decode_properties(properties).value();
        out.property_bytes = properties;
        out.body = body;
        return out;
    }
};

// A record in a batch at offset 0, with the view's memory.
struct Stored {
    Bytes batch;
    message::RecordView view;

    explicit Stored(const message::Record& record) {
        message::BatchBuilder builder;
        message::add(builder, record);
        batch = builder.finish();
        const auto read = message::for_each_record(batch, [&](const auto& one) -> Result<bool> {
            view = one;
            return false;
        });
        EXPECT_TRUE(read);
    }
};

// What deliveries add to the headers goes; a table that is empty then, too.
Bytes without_place(const Bytes& bytes) {
    auto properties = decode_properties(bytes).value();
    TableWriter table;
    bool is_empty = true;
    for (const auto& field : properties.headers.value_or(Table{})) {
        if (field.name == stream_offset_header || field.name == stream_partition_header ||
            field.name == delivery_count_header)
            continue;
        table.add(field.name, field.value);
        is_empty = false;
    }
    properties.headers = table.table();
    if (is_empty) properties.headers.reset();
    return encode_properties(properties);
}

class Generator {
  public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_.next() % limit; }
    bool one_in(std::size_t n) { return below(n) == 0; }

    std::string text(std::size_t most) {
        static constexpr std::array<std::string_view, 6> pieces{"a", "7", "ü", "-", "真", " "};
        std::string out;
        for (auto left = below(6); left > 0; --left) out += pieces[below(pieces.size())];
        return out.substr(0, out.size() > most ? 0 : out.size());
    }
    // Mostly a name that means something.
    std::string header_name() {
        static constexpr std::array<std::string_view, 12> names{
            "content-type", "priority", "timestamp",  "x-exchange", "x-routing-key", "user-id",
            "expiration",   "type",     "message-id", "trace",      "x-match",       "x-amqp-properties"};
        return one_in(3) ? text(20) : std::string{names[below(names.size())]};
    }
    Bytes bytes() {
        Bytes out(below(12));
        random_.fill(out);
        return out;
    }
    std::int64_t number() { return static_cast<std::int64_t>(random_.next()) >> below(64); }

    Bytes table() {
        TableWriter out;
        for (auto left = 1 + below(5); left > 0; --left) add_field(out);
        return {out.table().bytes().begin(), out.table().bytes().end()};
    }
    Message message() {
        Message out{one_in(3) ? "" : text(20), one_in(4) ? std::string{topic} : text(20), {}, bytes()};
        const auto texts = std::vector<std::string>{text(40), text(40), text(40), text(40), text(40),
                                                    text(40), text(40), text(40), text(40)};
        Properties p;
        const auto maybe = [&](auto& value, auto some) {
            if (one_in(2)) value = some;
        };
        maybe(p.content_type, texts[0]), maybe(p.content_encoding, texts[1]);
        maybe(p.delivery_mode, std::uint8_t{2}), maybe(p.priority, static_cast<std::uint8_t>(below(256)));
        maybe(p.correlation_id, texts[2]), maybe(p.reply_to, texts[3]);
        maybe(p.expiration, std::string_view{"60000"}), maybe(p.message_id, texts[4]);
        maybe(p.timestamp, static_cast<std::uint64_t>(number())), maybe(p.type, texts[5]);
        maybe(p.user_id, texts[6]), maybe(p.app_id, texts[7]), maybe(p.cluster_id, texts[8]);
        const auto headers = table();
        if (one_in(2)) p.headers = Table{headers};
        out.properties = encode_properties(p);
        return out;
    }
    message::Record record() {
        message::Record out{
            .timestamp_ms = one_in(5) ? -1 : number() & 0xfffffffffff, .key = {}, .value = {}, .headers = {}};
        if (!one_in(4)) out.key = one_in(2) ? bytes() : as_vector(text(40));
        if (!one_in(4)) out.value = bytes();
        for (auto left = below(6); left > 0; --left) {
            auto name = header_name();
            if (name == "x-exchange") continue;  // with it, it is another door's message
            auto& header = out.headers.emplace_back(std::move(name), std::nullopt);
            if (!one_in(5)) header.value = one_in(2) ? bytes() : as_vector(one_in(2) ? "17" : text(40));
        }
        return out;
    }

  private:
    static Bytes as_vector(const std::string& value) { return {value.begin(), value.end()}; }

    void add_field(TableWriter& out) {
        const auto name = header_name();
        switch (below(9)) {
            case 0: out.add(name, static_cast<std::int32_t>(number())); break;
            case 1: out.add(name, number()); break;
            case 2: out.add(name, one_in(2)); break;
            case 3: out.add(name, static_cast<double>(number()) / 3); break;
            case 4: out.add(name, nullptr); break;
            case 5: out.add(name, ByteView{bytes()}); break;
            case 6: out.add_timestamp(name, 1'700'000'000); break;
            case 7: {
                TableWriter inner;
                inner.add("k", "v");
                out.add(name, inner.table());
                break;
            }
            default: out.add(name, text(40).c_str());
        }
    }

    SeededRandom random_;
};

TEST(RecordMapping, AMessageIsTheSameAfterItWasARecord) {
    std::size_t exact = 0;
    for (std::uint64_t seed = 0; seed < 5000; ++seed) {
        Generator generator{seed};
        const auto sent = generator.message();
        const auto record = to_record(sent.publish(), topic, now_ms);
        const auto came = from_record(Stored{record}.view, {.topic = topic}, no_limit);
        ASSERT_EQ(came.exchange, sent.exchange) << seed;
        ASSERT_EQ(came.routing_key, sent.routing_key) << seed;
        ASSERT_EQ(without_place(came.properties), sent.properties) << seed;
        ASSERT_EQ(record.value, sent.body) << seed;
        exact += record.headers.back().name == properties_header;
    }
    EXPECT_GT(exact, 500u);
    EXPECT_LT(exact, 4500u);
}

// Headers that become properties come before the others: only those of one name keep their order.
std::map<std::string, std::vector<std::optional<Bytes>>> by_name(const message::Record& record) {
    std::map<std::string, std::vector<std::optional<Bytes>>> out;
    for (const auto& one : record.headers) out[one.name].push_back(one.value);
    return out;
}

TEST(RecordMapping, ARecordIsTheSameAfterItWasAMessage) {
    for (std::uint64_t seed = 0; seed < 5000; ++seed) {
        Generator generator{seed};
        auto sent = generator.record();
        const auto message =
            from_record(Stored{sent}.view, {.topic = topic, .partition = 3, .delivery_count = 1}, no_limit);
        const Message again{message.exchange, message.routing_key, message.properties,
                            sent.value.value_or(Bytes{})};
        auto came = to_record(again.publish(), "elsewhere", now_ms);
        ASSERT_EQ(by_name(came), by_name(sent)) << seed;
        sent.headers.clear(), came.headers.clear();
        ASSERT_EQ(came, sent) << seed;
    }
}

// A message's second way through a topic changes nothing more.
TEST(RecordMapping, AMessageMayGoThroughManyTopics) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        Generator generator{seed};
        const auto sent = generator.message();
        const auto first = to_record(sent.publish(), topic, now_ms);
        const auto came = from_record(Stored{first}.view, {.topic = topic}, no_limit);
        const Message again{came.exchange, came.routing_key, came.properties, sent.body};
        const auto second = to_record(again.publish(), topic, now_ms);
        const auto twice = from_record(Stored{second}.view, {.topic = topic}, no_limit);
        ASSERT_EQ(without_place(twice.properties), sent.properties) << seed;
    }
}

std::string value_of(const message::Record& record, std::string_view name) {
    const auto at = std::ranges::find(record.headers, name, &message::Header::name);
    return at == record.headers.end() || !at->value ? "none" : std::string{as_text(*at->value)};
}

TEST(RecordMapping, PropertiesAreHeadersThatAnybodyCanRead) {
    TableWriter headers;
    headers.add("retries", std::int32_t{3}).add("from", "shop");
    Properties p{
        .content_type = "text/plain", .headers = headers.table(), .priority = 4, .reply_to = "answers"};
    const Message sent{"events", "order.new", encode_properties(p), Bytes{'x'}};
    const auto record = to_record(sent.publish(), topic, now_ms);
    EXPECT_EQ(record.key, (Bytes{'o', 'r', 'd', 'e', 'r', '.', 'n', 'e', 'w'}));
    EXPECT_EQ(record.timestamp_ms, now_ms);
    EXPECT_EQ(value_of(record, "content-type"), "text/plain");
    EXPECT_EQ(value_of(record, "priority"), "4");
    EXPECT_EQ(value_of(record, "reply-to"), "answers");
    EXPECT_EQ(value_of(record, "retries"), "3");
    EXPECT_EQ(value_of(record, "from"), "shop");
    EXPECT_EQ(value_of(record, "x-exchange"), "events");
    EXPECT_EQ(value_of(record, "x-routing-key"), "none");
}

// All messages with one routing key would be in one partition.
TEST(RecordMapping, MessagesByTheDefaultExchangeHaveNoKey) {
    const Message sent{"", std::string{topic}, encode_properties({}), {}};
    const auto record = to_record(sent.publish(), topic, now_ms);
    EXPECT_FALSE(record.key);
    EXPECT_EQ(record.headers.size(), 1u);
}

TEST(RecordMapping, APublisherMayNameTheKey) {
    TableWriter headers;
    headers.add(record_key_header, "k1");
    const Message sent{"", std::string{topic}, encode_properties({.headers = headers.table()}), {}};
    EXPECT_EQ(to_record(sent.publish(), topic, now_ms).key, (Bytes{'k', '1'}));
}

TEST(RecordMapping, RecordsTellTheirTimeKeyAndPlace) {
    message::Record record{.timestamp_ms = 1'700'000'000'123, .key = Bytes{'k'}, .value = {}, .headers = {}};
    record.headers = {{"content-type", Bytes{'t'}}, {"user-id", Bytes{'u'}}};
    const auto came = from_record(Stored{record}.view, {.topic = topic, .partition = 2}, no_limit);
    const auto p = decode_properties(came.properties).value();
    EXPECT_EQ(came.routing_key, "k");
    EXPECT_EQ(p.timestamp, 1'700'000'000u);
    EXPECT_EQ(p.content_type, "t");
    EXPECT_FALSE(p.user_id);  // nobody has checked it
    EXPECT_EQ(p.headers->find("user-id")->as_text(), "u");
    EXPECT_EQ(p.headers->find(record_timestamp_header)->as_integer(), 1'700'000'000'123);
    EXPECT_EQ(p.headers->find(record_key_header)->as_text(), "k");
    EXPECT_EQ(p.headers->find(record_tombstone_header)->as_bool(), true);
    EXPECT_EQ(p.headers->find(stream_offset_header)->as_integer(), 0);
    EXPECT_EQ(p.headers->find(stream_partition_header)->as_integer(), 2);
}

TEST(RecordMapping, HeadersThatDoNotFitAFrameAreLeftOut) {
    message::Record record{.timestamp_ms = 1, .key = {}, .value = Bytes{}, .headers = {}};
    record.headers = {{"large", Bytes(5000, 'x')}};
    const auto came = from_record(Stored{record}.view, {.topic = topic}, 4000);
    EXPECT_LT(came.properties.size(), 200u);
    EXPECT_TRUE(decode_properties(came.properties).value().headers->find(headers_omitted_header));
}

// Somebody has changed the record on its way, and left the header with the properties in it.
TEST(RecordMapping, ExactPropertiesCountOnlyBesideTheHeadersThatTheyMade) {
    TableWriter headers;
    headers.add("retries", std::int32_t{3});
    const Message sent{"e", "k", encode_properties({.headers = headers.table()}), {}};
    auto record = to_record(sent.publish(), topic, now_ms);
    record.headers.front().value = Bytes{'4'};
    const auto came = from_record(Stored{record}.view, {.topic = topic}, no_limit);
    EXPECT_EQ(decode_properties(came.properties).value().headers->find("retries")->as_text(), "4");
}

}  // namespace
}  // namespace weir::amqp
