// Requests come whole, in pieces, behind one another, too large, or not at all.
#include "protocols/management/http_parser.hpp"

#include <gtest/gtest.h>

namespace weir::management {
namespace {

const std::string put =
    "PUT /api/vhosts/a%2Fb?x=1 HTTP/1.1\r\nhost: w\r\nauthorization: Basic Zzpn\r\n"
    "content-length: 4\r\n\r\n{  }";

TEST(HttpParser, ReadsARequestInAnyPieces) {
    for (std::size_t size : {std::size_t{1}, std::size_t{7}, put.size()}) {
        HttpParser parser;
        std::optional<HttpRequest> got;
        for (std::size_t at = 0; at < put.size(); at += size) {
            EXPECT_FALSE(got);
            parser.add(as_bytes(put.substr(at, size)));
            auto next = parser.next();
            ASSERT_TRUE(next);
            got = std::move(*next);
        }
        ASSERT_TRUE(got) << size;
        EXPECT_EQ(got->method, "PUT");
        EXPECT_EQ(got->target, "/api/vhosts/a%2Fb?x=1");
        EXPECT_EQ(got->authorization, "Basic Zzpn");
        EXPECT_EQ(got->body, "{  }");
        EXPECT_TRUE(got->keep_alive);
        EXPECT_FALSE(parser.is_within());
    }
}

TEST(HttpParser, ReadsRequestsBehindOneAnother) {
    HttpParser parser;
    parser.add(as_bytes("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.0\r\n\r\nGET /3"));
    EXPECT_EQ((*parser.next())->target, "/1");
    const auto second = *parser.next();
    EXPECT_EQ(second->target, "/2");
    EXPECT_FALSE(second->keep_alive);
    EXPECT_FALSE(*parser.next());
    EXPECT_TRUE(parser.is_within());
}

TEST(HttpParser, ReadsChunks) {
    HttpParser parser;
    parser.add(
        as_bytes("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    EXPECT_EQ((*parser.next())->body, "abcde");
}

TEST(HttpParser, RefusesWhatIsTooLargeOrNoHttp) {
    const auto outcome = [](std::string_view text) {
        HttpParser parser({.max_header_bytes = 200, .max_body_bytes = 10});
        parser.add(as_bytes(text));
        const auto next = parser.next();
        return next ? Errc::internal : next.error().code;
    };
    EXPECT_EQ(outcome("POST / HTTP/1.1\r\ncontent-length: 11\r\n\r\n"), Errc::limit_exceeded);
    EXPECT_EQ(outcome("GET / HTTP/1.1\r\nx: " + std::string(300, 'y') + "\r\n\r\n"), Errc::record_too_large);
    EXPECT_EQ(outcome(std::string_view{"AMQP\0\0\x09\x01 what\r\n\r\n", 17}), Errc::corrupt);
    EXPECT_EQ(outcome("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"), Errc::corrupt);
}

TEST(HttpParser, TellsOnceThatAClientWaits) {
    HttpParser parser;
    parser.add(as_bytes("PUT / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"));
    EXPECT_FALSE(*parser.next());
    EXPECT_TRUE(parser.take_expectation());
    EXPECT_FALSE(parser.take_expectation());
    parser.add(as_bytes("x"));
    EXPECT_EQ((*parser.next())->body, "x");
}

TEST(HttpResponse, IsReadAsItIsWritten) {
    const HttpResponse sent{.status = 404, .body = "{\"a\":1}", .headers = {{"location", "/x"}}};
    HttpResponseParser parser{1000};
    EXPECT_TRUE(*parser.add(as_bytes(wire_text(sent, false, true))));
    const auto got = parser.take();
    EXPECT_EQ(got.status, 404);
    EXPECT_EQ(got.body, sent.body);
    EXPECT_EQ(*find_header(got, "location"), "/x");
    HttpResponseParser cut{1000};
    EXPECT_FALSE(*cut.add(as_bytes("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab")));
    EXPECT_FALSE(cut.end());
    HttpResponseParser none{1000};
    EXPECT_EQ(none.end().error().message, "the server has ended without an answer");
}

}  // namespace
}  // namespace weir::management
