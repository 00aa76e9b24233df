// Comparing a declaration with what is there, attribute by attribute, in the order in which they are told.
#include "metadata/topology/requests.hpp"

namespace weir::topology {

namespace {

std::optional<Difference> differ(std::string_view attribute, Value received, Value current) {
    if (received == current) return std::nullopt;
    return Difference{std::string{attribute}, std::move(received), std::move(current)};
}

std::optional<Value> argument(const Table& arguments, const ComparedArgument& compared) {
    const auto at = arguments.find(compared.name);
    return at != arguments.end() ? at->second : compared.when_missing;
}

std::optional<Difference> arguments_differ(const Table& received, const Table& current,
                                           const std::vector<ComparedArgument>& compared) {
    for (const auto& one : compared) {
        auto a = argument(received, one), b = argument(current, one);
        if (a != b) return Difference{one.name, std::move(a), std::move(b)};
    }
    return std::nullopt;
}

}  // namespace

std::string_view kind_name(ExchangeKind kind) {
    switch (kind) {
        case ExchangeKind::direct: return "direct";
        case ExchangeKind::fan_out: return "fan-out";
        case ExchangeKind::pattern: return "pattern";
        case ExchangeKind::header: return "header";
        case ExchangeKind::consistent_hash: return "consistent-hash";
        case ExchangeKind::modulus_hash: return "modulus-hash";
        case ExchangeKind::random: return "random";
    }
    return "unknown";
}

std::optional<Difference> difference_of(const Exchange& received, const Exchange& current,
                                        const std::vector<ComparedArgument>& compared) {
    const auto kind = [](const Exchange& exchange) { return Value{std::string{kind_name(exchange.kind)}}; };
    if (auto out = differ("delayed", received.is_delayed, current.is_delayed)) return out;
    if (auto out = differ("kind", kind(received), kind(current))) return out;
    if (auto out = differ("durable", received.is_durable, current.is_durable)) return out;
    if (auto out = differ("auto-delete", received.is_auto_delete, current.is_auto_delete)) return out;
    if (auto out = differ("internal", received.is_internal, current.is_internal)) return out;
    return arguments_differ(received.arguments, current.arguments, compared);
}

std::optional<Difference> difference_of(const Queue& received, const Queue& current,
                                        const std::vector<ComparedArgument>& compared) {
    const auto owner = [](const Queue& queue) {
        return queue.is_exclusive() ? Value{queue.owner.text()} : Value{};
    };
    if (auto out = differ("owner", owner(received), owner(current))) return out;
    if (auto out = differ("durable", received.is_durable, current.is_durable)) return out;
    if (auto out = differ("auto-delete", received.is_auto_delete, current.is_auto_delete)) return out;
    return arguments_differ(received.arguments, current.arguments, compared);
}

}  // namespace weir::topology
