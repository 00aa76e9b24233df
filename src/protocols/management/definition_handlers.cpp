// Definitions as a whole, and of single virtual hosts.
#include "base/log_line.hpp"
#include "protocols/management/definitions.hpp"
#include "protocols/management/handlers.hpp"

namespace weir::management {

Result<Answer> get_definitions(const Call& call) {
    const topology::HostState* host = nullptr;
    if (!call.arguments.empty()) {
        host = call.topology().host(call.arguments[0]);
        if (host == nullptr) return not_found();
    }
    return ok(export_definitions(call.services, call.topology(), host));
}

Result<Answer> post_definitions(const Call& call) {
    std::optional<std::string> host;
    if (!call.arguments.empty()) {
        host = call.arguments[0];
        if (call.topology().host(*host) == nullptr) return not_found();
    }
    auto definitions = read_definitions(call.body, host);
    if (!definitions) return definitions.error();
    auto outcome = import_definitions(call.services, std::move(*definitions));
    if (!outcome) return outcome.error();
    const auto left_out = outcome->not_imported.size();
    log_info("'{}' has imported definitions: {}, and {} things were left out", call.user->name,
             outcome->imported.dump(), left_out);
    // As RabbitMQ answers, where all is there.
    if (left_out == 0 && !call.is_set("report")) return no_content();
    return ok({{"imported", std::move(outcome->imported)},
               {"not_imported", std::move(outcome->not_imported)},
               {"without_effect", std::move(outcome->without_effect)}});
}

}  // namespace weir::management
