// The request's text, and the answer as it comes.
#include "protocols/management/http_client.hpp"

#include "broker/access/password.hpp"
#include "protocols/management/http_parser.hpp"

namespace weir::management {

namespace {

std::string request_text(const HttpClientOptions& options, const HttpRequest& request) {
    const auto login = access::to_base64(as_bytes(options.user + ":" + options.password));
    auto out = fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\nauthorization: Basic {}\r\nconnection: close\r\n",
                           request.method, request.target, options.stream.server.text(), login);
    if (!request.reason.empty()) out += fmt::format("x-reason: {}\r\n", request.reason);
    if (!request.body.empty()) out += "content-type: application/json\r\n";
    out += fmt::format("content-length: {}\r\n\r\n", request.body.size());
    return out + request.body;
}

Error unreachable(const HttpClientOptions& options, const Error& why) {
    return {why.code, fmt::format("the management API does not answer at {}: {}",
                                  options.stream.server.text(), why.message)};
}

Result<HttpResponse> receive(const HttpClientOptions& options, runtime::WaitingStream& stream) {
    HttpResponseParser parser{options.max_body_bytes};
    std::array<std::uint8_t, 16 * 1024> buffer{};
    while (true) {
        const auto got = stream.receive(buffer);
        if (!got) return unreachable(options, got.error());
        if (*got == 0) {
            if (auto whole = parser.end(); !whole) return whole.error();
            return parser.take();
        }
        const auto done = parser.add({buffer.data(), *got});
        if (!done) return done.error();
        if (*done) return parser.take();
    }
}

}  // namespace

Result<HttpResponse> ask(const HttpClientOptions& options, const HttpRequest& request) {
    if (request.reason.find_first_of("\r\n") != std::string::npos)
        return Error{Errc::invalid_argument, "the reason is one line"};
    const auto stream = runtime::WaitingStream::open(options.stream);
    if (!stream) return unreachable(options, stream.error());
    if (auto sent = (*stream)->send_all(request_text(options, request)); !sent)
        return unreachable(options, sent.error());
    return receive(options, **stream);
}

}  // namespace weir::management
