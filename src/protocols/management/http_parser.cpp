// Beast's parsers, fed by hand.
#include "protocols/management/http_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace weir::management {

namespace http = boost::beast::http;

namespace {

Error failure(const boost::system::error_code& error) {
    if (error == http::error::body_limit) return {Errc::limit_exceeded, "the body is too long"};
    if (error == http::error::header_limit) return {Errc::record_too_large, "the header is too long"};
    return {Errc::corrupt, "this is no HTTP: " + error.message()};
}

// Feeds what it can; the bytes taken are gone from `input`.
template <class Parser>
Result<void> feed(Parser& parser, Bytes& input) {
    std::size_t taken = 0;
    boost::system::error_code error;
    while (taken < input.size() && !parser.is_done() && !error)
        taken += parser.put(boost::asio::buffer(input.data() + taken, input.size() - taken), error);
    input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
    if (error && error != http::error::need_more) return failure(error);
    return {};
}

std::string text(boost::beast::string_view view) {
    return {view.data(), view.size()};
}

}  // namespace

struct HttpParser::Impl {
    using Parser = http::request_parser<http::string_body>;

    explicit Impl(const HttpLimits& its) : limits(its) { begin(); }
    void begin() {
        parser.emplace();
        parser->eager(true);
        parser->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
        parser->body_limit(limits.max_body_bytes);
        expectation_told = false;
    }

    const HttpLimits limits;
    std::optional<Parser> parser;
    Bytes input;
    bool expectation_told = false;
};

HttpParser::HttpParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
HttpParser::~HttpParser() = default;

void HttpParser::add(ByteView bytes) {
    impl_->input.insert(impl_->input.end(), bytes.begin(), bytes.end());
}

Result<std::optional<HttpRequest>> HttpParser::next() {
    auto& parser = *impl_->parser;
    if (auto fed = feed(parser, impl_->input); !fed) return fed.error();
    if (!parser.is_done()) return std::optional<HttpRequest>{};
    auto message = parser.release();
    HttpRequest out{.method = text(message.method_string()),
                    .target = text(message.target()),
                    .authorization = text(message[http::field::authorization]),
                    .reason = text(message["x-reason"]),
                    .body = std::move(message.body()),
                    .keep_alive = message.keep_alive()};
    impl_->begin();
    return std::optional{std::move(out)};
}

bool HttpParser::take_expectation() {
    const auto& parser = *impl_->parser;
    if (impl_->expectation_told || !parser.is_header_done() || parser.is_done()) return false;
    const auto expected = parser.get()[http::field::expect];
    impl_->expectation_told = boost::beast::iequals(expected, "100-continue");
    return impl_->expectation_told;
}

bool HttpParser::is_within() const {
    return impl_->parser->got_some() || !impl_->input.empty();
}

struct HttpResponseParser::Impl {
    http::response_parser<http::string_body> parser;
    Bytes input;
};

HttpResponseParser::HttpResponseParser(std::size_t max_body_bytes) : impl_(std::make_unique<Impl>()) {
    impl_->parser.eager(true);
    impl_->parser.body_limit(max_body_bytes);
}
HttpResponseParser::~HttpResponseParser() = default;

Result<bool> HttpResponseParser::add(ByteView bytes) {
    impl_->input.insert(impl_->input.end(), bytes.begin(), bytes.end());
    if (auto fed = feed(impl_->parser, impl_->input); !fed) return fed.error();
    return impl_->parser.is_done();
}

Result<void> HttpResponseParser::end() {
    boost::system::error_code error;
    if (impl_->parser.is_done()) return {};
    if (!impl_->parser.got_some()) return Error{Errc::corrupt, "the server has ended without an answer"};
    impl_->parser.put_eof(error);
    if (error || !impl_->parser.is_done()) return Error{Errc::corrupt, "the answer is cut short"};
    return {};
}

HttpResponse HttpResponseParser::take() {
    auto message = impl_->parser.release();
    HttpResponse out{.status = static_cast<int>(message.result_int())};
    for (const auto& field : message.base())
        out.headers.emplace_back(text(field.name_string()), text(field.value()));
    out.body = std::move(message.body());
    return out;
}

}  // namespace weir::management
