// Every method: it comes back whole, and nothing cut or broken passes for one.
#include "protocols/amqp/wire/methods.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "protocols/amqp/wire/printer.hpp"
#include "support/amqp_visitors.hpp"

namespace weir::amqp {
namespace {

using test::AmqpFiller;

// One of the methods, without its type, so that a test of all is compiled once and not once for each.
struct OneMethod {
    MethodInfo info;
    std::string mistakes;
    AnyMethod (*make)(std::uint32_t seed);
};

std::vector<OneMethod> every_method() {
    std::vector<OneMethod> all;
    for_each_method([&]<Method M>(MethodType<M>) {
        all.push_back({M::info, test::AmqpLint::check<M>(),
                       [](std::uint32_t seed) -> AnyMethod { return AmqpFiller::make<M>(seed); }});
    });
    return all;
}

Bytes encoded(const AnyMethod& method) {
    Bytes bytes;
    Writer out(bytes);
    std::visit([&](const auto& m) { write_method(out, m); }, method);
    out.finish();
    return bytes;
}

Result<AnyMethod> decoded(ByteView payload) {
    const auto id = take_method_id(payload);
    if (!id) return id.error();
    return decode_method(*id, payload);
}

void expect_comes_back_whole(const AnyMethod& method) {
    const auto bytes = encoded(method);
    const auto back = decoded(bytes);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    ASSERT_EQ(back->index(), method.index());
    ASSERT_EQ(print(*back), print(method));
    ASSERT_EQ(encoded(*back), bytes);
}

TEST(Methods, AreDescribedWithoutMistakes) {
    std::set<std::uint32_t> ids;
    std::set<std::string_view> names;
    for (const auto& [info, mistakes, make] : every_method()) {
        EXPECT_EQ(mistakes, "") << info.name;
        EXPECT_TRUE(ids.insert(info.id.number()).second) << info.name;
        EXPECT_TRUE(names.insert(info.name).second) << info.name;
        EXPECT_EQ(method_info(info.id)->name, info.name);
    }
    EXPECT_EQ(method_info({50, 99}), std::nullopt);
}

TEST(Methods, ComeBackWhole) {
    for (const auto& [info, mistakes, make] : every_method()) {
        SCOPED_TRACE(info.name);
        for (std::uint32_t seed = 0; seed < 50; ++seed) expect_comes_back_whole(make(seed));
    }
}

TEST(Methods, FailCleanlyWhereverTheyAreCut) {
    for (const auto& [info, mistakes, make] : every_method()) {
        SCOPED_TRACE(info.name);
        for (std::uint32_t seed = 0; seed < 8; ++seed) {
            const auto bytes = encoded(make(seed));
            for (std::size_t size = 0; size < bytes.size(); ++size) {
                const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
                const auto back = decoded(cut);
                ASSERT_FALSE(back.has_value()) << "cut at " << size;
                ASSERT_EQ(back.error().code, Errc::corrupt);
            }
        }
    }
}

TEST(Methods, BytesThatFollowAreRefused) {
    for (const auto& [info, mistakes, make] : every_method()) {
        auto bytes = encoded(make(1));
        bytes.push_back(0);
        EXPECT_FALSE(decoded(bytes).has_value()) << info.name;
    }
}

Bytes broken(Bytes bytes, std::uint32_t round, std::mt19937& random) {
    if (round % 3 == 0) bytes.resize(random() % 40);
    for (auto changes = random() % 4; changes > 0 && !bytes.empty(); --changes)
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random() % 2 ? random() % 8 : random());
    return bytes;
}

// Bytes changed at random: most are refused, and what passes is a method that comes back whole itself.
TEST(Methods, SurviveJunk) {
    std::mt19937 random(1);
    std::size_t accepted = 0, refused = 0;
    for (const auto& [info, mistakes, make] : every_method()) {
        SCOPED_TRACE(info.name);
        for (std::uint32_t round = 0; round < 300; ++round) {
            const auto bytes = broken(encoded(make(round % 20)), round, random);
            const auto method = decoded(bytes);
            ++(method ? accepted : refused);
            if (method) expect_comes_back_whole(*method);
        }
    }
    EXPECT_GT(accepted, 1000u);
    EXPECT_GT(refused, 1000u);
}

TEST(Methods, BitsShareAnOctet) {
    QueueDeclare declare;
    declare.durable = true;
    declare.nowait = true;
    const Bytes expected{0, 50, 0, 10, 0, 0, 0, 0b10010, 0, 0, 0, 0};
    EXPECT_EQ(encoded(declare), expected);
    BasicNack nack;
    nack.delivery_tag = 1;
    nack.multiple = false;
    nack.requeue = true;
    EXPECT_EQ(encoded(nack), (Bytes{0, 60, 0, 120, 0, 0, 0, 0, 0, 0, 0, 1, 0b10}));
}

TEST(Methods, ShortStringsAreTextAndCutWhenTooLong) {
    ConnectionClose close;
    const auto text = std::string(254, 'x') + "\xc3\xa9";
    close.reply_text = text;
    const auto bytes = encoded(close);
    EXPECT_EQ(std::get<ConnectionClose>(*decoded(bytes)).reply_text, std::string(254, 'x'));

    QueueDelete broken;
    broken.queue = "\xff";
    const auto refused = decoded(encoded(broken));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_EQ(refused.error().message, "Malformed UTF-8 in shortstr");
    BasicPublish publish;  // RabbitMQ does not look at these
    publish.routing_key = "\xff";
    EXPECT_TRUE(decoded(encoded(publish)).has_value());
}

TEST(Methods, UnknownOnesAreUnsupported) {
    const auto method = decoded(Bytes{0, 60, 0, 99});
    ASSERT_FALSE(method.has_value());
    EXPECT_EQ(method.error().code, Errc::unsupported);
    EXPECT_EQ(decoded(Bytes{0, 60, 0}).error().code, Errc::corrupt);
}

TEST(Methods, ErrorsSayWhereTheyAre) {
    auto bytes = encoded(QueueDeclare{});
    bytes.pop_back();
    EXPECT_EQ(decoded(bytes).error().message, "queue.declare: field 'arguments' at byte 4 is cut short");
}

}  // namespace
}  // namespace weir::amqp
