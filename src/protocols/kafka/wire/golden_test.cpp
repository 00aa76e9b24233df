// Frames that another client encodes (tests/golden/kafka): weir reads the values it meant and writes its
// bytes.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/frame.hpp"
#include "support/golden.hpp"
#include "support/kafka_message_types.hpp"

namespace weir::kafka {
namespace {

using test::KafkaMessageType;

struct Golden {
    std::string kind;  // "request" or "response"
    std::int16_t version = 0;
    std::string values;
    Bytes frame;
};

std::string file_of(const Api& api) {
    std::string name = "kafka/";
    for (const char c : api.name) {
        if (std::isupper(c) && !name.ends_with('/')) name += '_';
        name += static_cast<char>(std::tolower(c));
    }
    return name + ".txt";
}

std::vector<Golden> golden_of(const Api& api) {
    std::vector<Golden> all;
    for (const auto& line : test::golden_lines(file_of(api))) {
        std::istringstream words(line);
        std::string kind, version, values, hex;
        words >> kind >> version >> values >> hex;
        all.push_back(
            {kind, static_cast<std::int16_t>(std::stoi(version.substr(1))), values, test::from_hex(hex)});
    }
    return all;
}

// The body is read as what was meant, and with it `again`, a frame with its header, becomes the golden one.
void check_body(const KafkaMessageType& type, const Golden& golden, ByteView body, Bytes again,
                detail::FrameStart start) {
    const auto text = type.print(body, golden.version);
    ASSERT_TRUE(text.has_value()) << text.error().message;
    EXPECT_EQ(*text, golden.values);
    const auto written = type.rewrite(body, golden.version).value();
    again.insert(again.end(), written.begin(), written.end());
    detail::end_frame(again, nullptr, start);
    EXPECT_EQ(test::to_hex(again), test::to_hex(golden.frame));
}

void check_request(const KafkaMessageType& type, const Golden& golden) {
    auto body = ByteView{golden.frame}.subspan(4);
    const auto header = take_request_header(body);
    ASSERT_TRUE(header.has_value()) << header.error().message;
    EXPECT_EQ(header->api_key, type.api->key);
    EXPECT_EQ(header->api_version, golden.version);
    EXPECT_EQ(header->correlation_id, 7);
    EXPECT_EQ(header->client_id, "golden");
    Bytes again;
    const auto start = detail::begin_frame(again, nullptr);
    detail::put_request_header(again, *type.api, *header);
    check_body(type, golden, body, again, start);
}

void check_response(const KafkaMessageType& type, const Golden& golden) {
    auto body = ByteView{golden.frame}.subspan(4);
    EXPECT_EQ(take_response_header(body, *type.api, golden.version).value(), 7);
    Bytes again;
    const auto start = detail::begin_frame(again, nullptr);
    detail::put_response_header(again, *type.api, golden.version, 7);
    check_body(type, golden, body, again, start);
}

TEST(Golden, EveryVersionOfEveryMessageIsReadAndWrittenAsTheOtherClientDoes) {
    for (const auto& type : test::kafka_message_types()) {
        std::set<std::int16_t> seen;
        const std::string kind = type.is_request ? "request" : "response";
        for (const auto& golden : golden_of(*type.api)) {
            if (golden.kind != kind) continue;
            SCOPED_TRACE(fmt::format("{} v{} {}", type.api->name, golden.version, kind));
            seen.insert(golden.version);
            if (type.is_request)
                check_request(type, golden);
            else
                check_response(type, golden);
        }
        const auto versions = type.api->versions;
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(versions.max - versions.min + 1)) << type.api->name;
    }
}

TEST(Golden, ErrorCodesHaveTheOtherClientsNames) {
    std::size_t same = 0;
    for (const auto& line : test::golden_lines("kafka/error_codes.txt")) {
        std::istringstream words(line);
        int number = 0;
        std::string theirs;
        words >> number >> theirs;
        const auto ours = name(static_cast<ErrorCode>(number));
        if (ours == "UNKNOWN") continue;  // weir has no use for it
        ++same;
        EXPECT_EQ(ours, theirs) << number;
    }
    EXPECT_GT(same, 60u);
}

}  // namespace
}  // namespace weir::kafka
