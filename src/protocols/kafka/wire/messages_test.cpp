// Every message in every version: it comes back whole, and nothing cut or broken passes for one.
#include "protocols/kafka/wire/messages.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "protocols/kafka/wire/frame.hpp"
#include "support/kafka_message_types.hpp"

namespace weir::kafka {
namespace {

using test::KafkaMessageType;

template <class M>
Bytes encode_body(const M& message, std::int16_t version) {
    Bytes out;
    detail::put_body(out, message, version, nullptr);
    return out;
}

template <class M>
Result<M> decode_body(ByteView body, std::int16_t version) {
    return decode_response<M>(version, body);
}

// Calls f(type, version) for every message and version.
void for_each_version(const std::function<void(const KafkaMessageType&, std::int16_t)>& f) {
    for (const auto& type : test::kafka_message_types()) {
        const auto kind = type.is_request ? "request" : "response";
        for (auto version = type.api->versions.min; version <= type.api->versions.max; ++version) {
            SCOPED_TRACE(fmt::format("{} v{} {}", type.api->name, version, kind));
            f(type, version);
        }
    }
}

TEST(Messages, AreDescribedWithoutMistakes) {
    for (const auto& type : test::kafka_message_types()) EXPECT_EQ(type.mistakes(), "");
}

TEST(Messages, ComeBackWhole) {
    for_each_version([](const auto& type, std::int16_t version) {
        for (std::uint32_t seed = 0; seed < 50; ++seed) {
            const auto bytes = type.fill(version, seed);
            const auto text = type.print(bytes, version);
            ASSERT_TRUE(text.has_value()) << text.error().message;
            ASSERT_EQ(*text, type.print_filled(version, seed));
            ASSERT_EQ(*type.rewrite(bytes, version), bytes);
        }
    });
}

TEST(Messages, KeepTheirDefaultsWhereAVersionLacksAField) {
    for_each_version([](const auto& type, std::int16_t version) {
        const auto back = type.rewrite(type.defaults(version), version);
        ASSERT_TRUE(back.has_value()) << back.error().message;
        // A null that the version lacks comes back empty: compare what the version can carry.
        EXPECT_EQ(*back, type.defaults(version));
    });
}

TEST(Messages, FailCleanlyWhereverTheyAreCut) {
    for_each_version([](const auto& type, std::int16_t version) {
        for (std::uint32_t seed = 0; seed < 8; ++seed) {
            const auto bytes = type.fill(version, seed);
            for (std::size_t size = 0; size < bytes.size(); ++size) {
                const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
                const auto back = type.rewrite(cut, version);
                ASSERT_FALSE(back.has_value()) << "cut at " << size;
                ASSERT_EQ(back.error().code, Errc::corrupt);
                ASSERT_TRUE(back.error().message.starts_with(fmt::format("{} v{}", type.api->name, version)));
            }
        }
    });
}

TEST(Messages, BytesThatFollowAreIgnored) {
    for_each_version([](const auto& type, std::int16_t version) {
        auto bytes = type.fill(version, 1);
        bytes.insert(bytes.end(), {0, 1, 0xff});
        const auto text = type.print(bytes, version);
        ASSERT_TRUE(text.has_value()) << text.error().message;
        EXPECT_EQ(*text, type.print_filled(version, 1));
    });
}

Bytes broken(Bytes bytes, std::uint32_t round, std::mt19937& random) {
    if (round % 3 == 0) bytes.resize(random() % 40);
    for (auto changes = random() % 4; changes > 0 && !bytes.empty(); --changes)
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random() % 2 ? random() % 8 : random());
    return bytes;
}

// Bytes changed at random: most are refused, and what passes is a message that comes back whole itself.
TEST(Messages, SurviveJunk) {
    std::mt19937 random(1);
    std::size_t accepted = 0, refused = 0;
    for_each_version([&](const auto& type, std::int16_t version) {
        for (std::uint32_t round = 0; round < 300; ++round) {
            const auto bytes = broken(type.fill(version, round % 20), round, random);
            const auto again = type.rewrite(bytes, version);
            ++(again ? accepted : refused);
            if (!again) continue;
            const auto text = type.print(*again, version);
            ASSERT_TRUE(text.has_value()) << text.error().message;
            ASSERT_EQ(*text, *type.print(bytes, version));
        }
    });
    EXPECT_GT(accepted, 1000u);
    EXPECT_GT(refused, 1000u);
}

TEST(Messages, UnknownTagsAreSkipped) {
    const Bytes bytes{0, 0, 1, 0, 0, 0, 0, 1, 9, 2, 0xaa, 0xbb};
    const auto response = decode_body<ApiVersionsResponse>(bytes, 3);
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->finalized_features_epoch, -1);
}

TEST(Messages, ATagMustFillItsSize) {
    const Bytes bytes{0, 0, 1, 0, 0, 0, 0, 1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 5, 0};
    const auto response = decode_body<ApiVersionsResponse>(bytes, 3);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(
        response.error().message,
        "ApiVersions v3 response: field 'finalized_features_epoch' at byte 18 is followed by bytes that "
        "belong to no field");
}

TEST(Limits, AnArraysCountIsHeldAgainstTheBytesLeft) {
    // 1,000,000 topics announced in a body that has room for 20: refused before anything is allocated.
    Bytes bytes{0, 0x0f, 0x42, 0x40};
    bytes.resize(44);
    const auto request = decode_body<MetadataRequest>(bytes, 1);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(
        request.error().message,
        "Metadata v1 response: field 'topics' at byte 4 has more elements than the message has room for");
}

TEST(Limits, AllArraysOfAMessageShareOneLimit) {
    Bytes bytes(4 + 2 * (max_elements + 1));
    store_big(bytes.data(), static_cast<std::int32_t>(max_elements + 1));
    const auto request = decode_body<DeleteGroupsRequest>(bytes, 0);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().message,
              "DeleteGroups v0 response: field 'groups_names' at byte 4 has too many elements");
    store_big(bytes.data(), static_cast<std::int32_t>(max_elements));
    bytes.resize(4 + 2 * max_elements);
    const auto most = decode_body<DeleteGroupsRequest>(bytes, 0);
    ASSERT_TRUE(most.has_value()) << most.error().message;
    EXPECT_EQ(most->groups_names.size(), max_elements);
}

TEST(Limits, AStructHasTenThousandTagsAtMost) {
    auto with_tags = [](std::uint32_t count) {
        Bytes bytes{1, 1, static_cast<std::uint8_t>(count | 0x80), static_cast<std::uint8_t>(count >> 7)};
        for (std::uint32_t i = 0; i < count; ++i) bytes.insert(bytes.end(), {100, 0});
        return decode_body<ApiVersionsRequest>(bytes, 3);
    };
    EXPECT_TRUE(with_tags(10'000).has_value());
    EXPECT_FALSE(with_tags(10'001).has_value());
}

TEST(Limits, AStringHas32767BytesAtMost) {
    Bytes bytes{0x81, 0x80, 0x02};  // 32,768 bytes
    bytes.resize(3 + 32'768 + 2);
    EXPECT_FALSE(decode_body<ApiVersionsRequest>(bytes, 3).has_value());

    DescribeConfigsResponse response;
    response.results.emplace_back().error_message = std::string(32'766, 'x') + "\xc3\xa9";
    for (std::int16_t version = 1; version <= 4; ++version) {  // cut before the character that does not fit
        const auto back = decode_body<DescribeConfigsResponse>(encode_body(response, version), version);
        ASSERT_TRUE(back.has_value()) << back.error().message;
        EXPECT_EQ(back->results[0].error_message, std::string(32'766, 'x'));
    }
}

TEST(Nulls, AreRefusedWhereTheVersionLacksThem) {
    const Bytes no_topics{0xff, 0xff, 0xff, 0xff};
    EXPECT_FALSE(decode_body<MetadataRequest>(no_topics, 0).has_value());
    const auto request = decode_body<MetadataRequest>(no_topics, 1);
    ASSERT_TRUE(request.has_value());
    EXPECT_FALSE(request->topics.has_value());
}

TEST(Nulls, BecomeEmptyWhereTheVersionLacksThem) {
    EXPECT_EQ(encode_body(MetadataRequest{}, 0), Bytes(4));
    MetadataResponse response;
    response.topics.emplace_back();
    for (const std::int16_t version : {std::int16_t{0}, std::int16_t{11}}) {
        const auto back = decode_body<MetadataResponse>(encode_body(response, version), version);
        ASSERT_TRUE(back.has_value());
        EXPECT_EQ(back->topics[0].name, "");
    }
    EXPECT_EQ(decode_body<MetadataResponse>(encode_body(response, 12), 12)->topics[0].name, std::nullopt);
}

TEST(Apis, AreInTheTableOnce) {
    EXPECT_EQ(apis().size(), 37u);
    for (const auto& api : apis()) {
        EXPECT_EQ(find_api(api.key), &api);
        EXPECT_LE(api.versions.min, api.versions.max) << api.name;
        EXPECT_LE(api.advertised().min, api.versions.min) << api.name;
    }
    EXPECT_EQ(find_api(0)->advertised(), between(0, 10));
    EXPECT_EQ(find_api(1)->advertised(), between(4, 12));
    for (const int key : {-1, 4, 5, 6, 7, 99}) EXPECT_EQ(find_api(static_cast<std::int16_t>(key)), nullptr);
}

}  // namespace
}  // namespace weir::kafka
