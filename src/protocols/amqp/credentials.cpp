// Taking user and password out of a SASL response.
#include "protocols/amqp/credentials.hpp"

#include <fmt/format.h>

#include "protocols/amqp/wire/field_table.hpp"

namespace weir::amqp {

namespace {

// An optional identity to act for, which RabbitMQ does not know, is refused as it refuses it.
Result<Credentials> decode_plain(std::string_view response) {
    const auto invalid = Error(Errc::corrupt, "the response to PLAIN is invalid");
    if (!response.starts_with('\0')) return invalid;
    const auto middle = response.find('\0', 1);
    if (middle == std::string_view::npos) return invalid;
    const auto password = response.substr(middle + 1);
    if (password.find('\0') != std::string_view::npos) return invalid;
    return Credentials{"PLAIN", response.substr(1, middle - 1), password};
}

Result<Credentials> decode_amqplain(std::string_view response) {
    const Table table(as_bytes(response));
    if (check_table(table.bytes()) != nullptr) return Error(Errc::corrupt, "AMQPLAIN auth info is no table");
    const auto login = table.find("LOGIN");
    const auto password = table.find("PASSWORD");
    if (!login || !password) {
        return Error(Errc::corrupt, "AMQPLAIN auth info is missing LOGIN or PASSWORD field");
    }
    if (!login->as_text() || !password->as_text()) {
        return Error(Errc::corrupt, "AMQPLAIN auth info uses unsupported type for LOGIN or PASSWORD field");
    }
    return Credentials{"AMQPLAIN", *login->as_text(), *password->as_text()};
}

// As RabbitMQ since 4.0: the user that everybody knows, from where that one may log in, as long as it has the
// password that everybody knows. What a client says of itself (RFC 4505) is not looked at.
constexpr std::string_view anonymous = "guest";

}  // namespace

Result<Credentials> decode_credentials(std::string_view mechanism, std::string_view response) {
    if (mechanism == "PLAIN") return decode_plain(response);
    if (mechanism == "AMQPLAIN") return decode_amqplain(response);
    if (mechanism == "ANONYMOUS") return Credentials{"ANONYMOUS", anonymous, anonymous};
    return Error(Errc::unsupported, fmt::format("unknown authentication mechanism '{}'", mechanism));
}

}  // namespace weir::amqp
