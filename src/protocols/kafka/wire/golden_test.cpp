// Frames that another client encodes (tests/golden/kafka): weir reads the values it meant and writes its
// bytes.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/frame.hpp"
#include "protocols/kafka/wire/messages.hpp"
#include "support/golden.hpp"
#include "support/kafka_visitors.hpp"

namespace weir::kafka {
namespace {

using test::KafkaPrinter;

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

template <class M>
void check_request(const Golden& golden) {
    auto frame = ByteView{golden.frame}.subspan(4);
    const auto header = take_request_header(frame);
    ASSERT_TRUE(header.has_value()) << header.error().message;
    EXPECT_EQ(header->api_key, M::api.key);
    EXPECT_EQ(header->api_version, golden.version);
    EXPECT_EQ(header->correlation_id, 7);
    EXPECT_EQ(header->client_id, "golden");
    const auto request = decode_request<M>(*header, frame);
    ASSERT_TRUE(request.has_value()) << request.error().message;
    EXPECT_EQ(KafkaPrinter::print(*request, golden.version), golden.values);
    Bytes again;
    encode_request(again, *header, *request);
    EXPECT_EQ(test::to_hex(again), test::to_hex(golden.frame));
}

template <class M>
void check_response(const Golden& golden) {
    auto frame = ByteView{golden.frame}.subspan(4);
    EXPECT_EQ(take_response_header(frame, M::api, golden.version).value(), 7);
    const auto response = decode_response<M>(golden.version, frame);
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(KafkaPrinter::print(*response, golden.version), golden.values);
    Bytes again;
    encode_response(again, {.api_version = golden.version, .correlation_id = 7}, *response);
    EXPECT_EQ(test::to_hex(again), test::to_hex(golden.frame));
}

TEST(Golden, EveryVersionOfEveryMessageIsReadAndWrittenAsTheOtherClientDoes) {
    for_each_api([&]<class Request, class Response>(MessageType<Request>, MessageType<Response>) {
        std::set<std::pair<std::string, std::int16_t>> seen;
        for (const auto& golden : golden_of(Request::api)) {
            SCOPED_TRACE(fmt::format("{} v{} {}", Request::api.name, golden.version, golden.kind));
            seen.emplace(golden.kind, golden.version);
            if (golden.kind == "request")
                check_request<Request>(golden);
            else
                check_response<Response>(golden);
        }
        const auto versions = Request::api.versions;
        EXPECT_EQ(seen.size(), 2u * static_cast<std::size_t>(versions.max - versions.min + 1))
            << Request::api.name;
    });
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
