// Headers and frames: what is around every message.
#include "protocols/kafka/wire/frame.hpp"

#include <gtest/gtest.h>

#include "protocols/kafka/wire/api_versions.hpp"
#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/fetch.hpp"
#include "protocols/kafka/wire/metadata.hpp"
#include "protocols/kafka/wire/produce.hpp"

namespace weir::kafka {
namespace {

// The frame in `bytes` without its size, which must be right.
ByteView body_of(const Bytes& bytes) {
    EXPECT_EQ(load_big<std::int32_t>(bytes.data()), static_cast<std::int32_t>(bytes.size() - 4));
    return ByteView{bytes}.subspan(4);
}

TEST(Frame, ARequestComesBack) {
    MetadataRequest request;
    request.topics.emplace();
    request.topics->push_back({.name = "orders"});
    for (std::int16_t version = 0; version <= 12; ++version) {
        Bytes bytes;
        encode_request(bytes, {.api_version = version, .correlation_id = 7, .client_id = "c"}, request);
        auto frame = body_of(bytes);
        const auto header = take_request_header(frame);
        ASSERT_TRUE(header.has_value());
        EXPECT_EQ(header->api_key, 3);
        EXPECT_EQ(header->api_version, version);
        EXPECT_EQ(header->correlation_id, 7);
        EXPECT_EQ(header->client_id, "c");
        const auto back = decode_request<MetadataRequest>(*header, frame);
        ASSERT_TRUE(back.has_value()) << back.error().message;
        ASSERT_EQ(back->topics->size(), 1u);
        EXPECT_EQ(back->topics->front().name, "orders");
    }
}

TEST(Frame, TheClientIdMayBeNullAndIsNeverCompact) {
    const Bytes v9{0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0, 0};
    ByteView frame = v9;
    const auto header = take_request_header(frame);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->client_id, std::nullopt);
    EXPECT_EQ(frame.size(), 1u);
}

TEST(Frame, TagsOfTheHeaderAreSkipped) {
    const Bytes tagged{0, 3, 0, 9, 0, 0, 0, 1, 0, 1, 'c', 1, 5, 2, 0xaa, 0xbb, 0x77};
    ByteView frame = tagged;
    ASSERT_TRUE(take_request_header(frame).has_value());
    ASSERT_EQ(frame.size(), 1u);
    EXPECT_EQ(frame[0], 0x77);
}

TEST(Frame, AHeaderThatIsCutIsRefused) {
    const Bytes whole{0, 3, 0, 9, 0, 0, 0, 1, 0, 1, 'c', 1, 5, 2, 0xaa, 0xbb};
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        ByteView frame = cut;
        const auto header = take_request_header(frame);
        ASSERT_FALSE(header.has_value()) << size;
        EXPECT_EQ(header.error().code, Errc::corrupt);
    }
}

TEST(Frame, AnUnknownApiIsRefused) {
    const Bytes unknown{0x12, 0x34, 0, 0, 0, 0, 0, 1, 0xff, 0xff};
    ByteView frame = unknown;
    const auto header = take_request_header(frame);
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error().code, Errc::unsupported);
    EXPECT_EQ(header.error().message, "weir has no Kafka API with key 4660");
}

TEST(Frame, AnUnknownVersionStillHasAHeaderButNoBody) {
    const Bytes future{0, 18, 0, 99, 0, 0, 0, 5, 0, 1, 'c', 0, 1, 2, 3};
    ByteView frame = future;
    const auto header = take_request_header(frame);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->correlation_id, 5);
    const auto request = decode_request<ApiVersionsRequest>(*header, frame);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().code, Errc::unsupported);
    EXPECT_EQ(request.error().message, "ApiVersions v99 is not served: use a version from 0 to 4");
}

TEST(Frame, ABrokenBodyNamesApiVersionFieldAndByte) {
    const Bytes cut{0, 0, 0, 1, 0, 9, 'o', 'r'};
    const auto request = decode_request<MetadataRequest>({.api_key = 3, .api_version = 1}, cut);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().code, Errc::corrupt);
    EXPECT_EQ(request.error().message, "Metadata v1 request: field 'name' at byte 6 is cut short");
}

TEST(Frame, HeaderVersions) {
    EXPECT_EQ(request_header_version(metadata_api, 8), 1);
    EXPECT_EQ(request_header_version(metadata_api, 9), 2);
    EXPECT_EQ(response_header_version(metadata_api, 8), 0);
    EXPECT_EQ(response_header_version(metadata_api, 9), 1);
    EXPECT_EQ(request_header_version(api_versions_api, 3), 2);
    EXPECT_EQ(response_header_version(api_versions_api, 3), 0);
}

TEST(Frame, AResponseLeavesGapsForRecords) {
    const Bytes near{1, 2, 3};
    FetchResponse response;
    auto& topic = response.responses.emplace_back();
    topic.topic = "t";
    for (int i = 0; i < 3; ++i) topic.partitions.emplace_back().partition_index = PartitionId{i};
    topic.partitions[0].records = {.left_out = 1000};
    topic.partitions[1].records = {.bytes = near};
    topic.partitions[2].records = {.bytes = near, .left_out = 5};

    for (std::int16_t version = 4; version <= 12; ++version) {
        Bytes bytes{9, 9};  // what the buffer held before stays
        std::vector<Gap> gaps{{0, 0}};
        encode_response(bytes, {.api_version = version, .correlation_id = 3}, response, &gaps);
        ASSERT_EQ(gaps.size(), 3u);
        EXPECT_EQ(gaps[1].size, 1000u);
        EXPECT_EQ(gaps[2].size, 5u);

        Bytes sent(bytes.begin() + 2, bytes.begin() + static_cast<std::ptrdiff_t>(gaps[1].position));
        sent.insert(sent.end(), 1000, 0xaa);
        sent.insert(sent.end(), bytes.begin() + static_cast<std::ptrdiff_t>(gaps[1].position),
                    bytes.begin() + static_cast<std::ptrdiff_t>(gaps[2].position));
        sent.insert(sent.end(), 5, 0xbb);
        sent.insert(sent.end(), bytes.begin() + static_cast<std::ptrdiff_t>(gaps[2].position), bytes.end());
        auto frame = body_of(sent);
        EXPECT_EQ(take_response_header(frame, fetch_api, version).value(), 3);
        const auto back = decode_response<FetchResponse>(version, frame);
        ASSERT_TRUE(back.has_value()) << back.error().message;
        const auto& partitions = back->responses[0].partitions;
        EXPECT_EQ(partitions[0].records.bytes.size(), 1000u);
        EXPECT_EQ(partitions[0].records.bytes[999], 0xaa);
        EXPECT_EQ(partitions[1].records.bytes.size(), 3u);
        EXPECT_EQ(partitions[2].records.bytes.size(), 8u);
        EXPECT_EQ(partitions[2].records.bytes[3], 0xbb);
    }
}

TEST(Frame, ARequestsRecordsAreAViewIntoItsFrame) {
    const Bytes batch(100, 0x5a);
    ProduceRequest request;
    request.topic_data.push_back({.name = "t", .partition_data = {{PartitionId{4}, ByteView{batch}}}});
    Bytes bytes;
    encode_request(bytes, {.api_version = 9}, request);
    auto frame = body_of(bytes);
    const auto header = take_request_header(frame).value();
    const auto back = decode_request<ProduceRequest>(header, frame).value();
    const auto records = back.topic_data[0].partition_data[0].records.value();
    EXPECT_EQ(records.size(), 100u);
    EXPECT_GE(records.data(), bytes.data());
    EXPECT_LT(records.data(), bytes.data() + bytes.size());
}

TEST(ErrorCodes, HaveTheProtocolsNames) {
    EXPECT_EQ(name(ErrorCode::unknown_topic_or_partition), "UNKNOWN_TOPIC_OR_PARTITION");
    EXPECT_EQ(name(ErrorCode{12345}), "UNKNOWN");
}

}  // namespace
}  // namespace weir::kafka
