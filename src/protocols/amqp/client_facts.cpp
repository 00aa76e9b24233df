// Reading the client's properties.
#include "protocols/amqp/client_facts.hpp"

namespace weir::amqp {

namespace {

bool is_set(const Table& capabilities, std::string_view name) {
    const auto value = capabilities.find(name);
    return value && value->as_bool() == true;
}

ClientCapabilities capabilities_of(const Table& properties) {
    const auto value = properties.find("capabilities");
    const auto table = value ? value->as_table() : std::nullopt;
    if (!table) return {};
    return {
        .authentication_failure_close = is_set(*table, "authentication_failure_close"),
        .connection_blocked = is_set(*table, "connection.blocked"),
        .consumer_cancel_notify = is_set(*table, "consumer_cancel_notify"),
    };
}

}  // namespace

ClientFacts::ClientFacts(const ConnectionStartOk& start_ok)
    : properties_(start_ok.client_properties.bytes().begin(), start_ok.client_properties.bytes().end()),
      mechanism_(start_ok.mechanism),
      capabilities_(capabilities_of(start_ok.client_properties)) {}

std::string_view ClientFacts::connection_name() const {
    const auto name = properties().find("connection_name");
    return name ? name->as_text().value_or("") : "";
}

}  // namespace weir::amqp
