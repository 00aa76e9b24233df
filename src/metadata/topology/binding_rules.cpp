// The rules for bindings of header and hash exchanges; the others take any.
#include "metadata/topology/binding_rules.hpp"

#include <charconv>

namespace weir::topology {

std::optional<HeaderMode> header_mode(const Table& arguments) {
    const auto at = arguments.find(header_mode_argument);
    if (at == arguments.end()) return HeaderMode{};
    const auto* text = at->second.text();
    if (text == nullptr) return std::nullopt;
    if (*text == "all") return HeaderMode{.all = true};
    if (*text == "any") return HeaderMode{.all = false};
    if (*text == "all-with-x") return HeaderMode{.all = true, .counts_prefixed = true};
    if (*text == "any-with-x") return HeaderMode{.all = false, .counts_prefixed = true};
    return std::nullopt;
}

std::optional<std::uint32_t> weight(std::string_view binding_key) {
    std::uint32_t out = 0;
    const auto* end = binding_key.data() + binding_key.size();
    const auto [stop, error] = std::from_chars(binding_key.data(), end, out);
    if (error != std::errc{} || stop != end || out == 0 || out > max_weight) return std::nullopt;
    return out;
}

Result<void> check_binding(ExchangeKind kind, const Binding& binding) {
    if (kind == ExchangeKind::header && !header_mode(binding.arguments)) {
        return Error{
            Errc::invalid_argument,
            fmt::format("the argument {} is all, any, all-with-x or any-with-x, not {}", header_mode_argument,
                        to_text(binding.arguments.find(header_mode_argument)->second))};
    }
    if (kind == ExchangeKind::consistent_hash && !weight(binding.key)) {
        return Error{Errc::invalid_argument,
                     fmt::format("the binding key is a weight, a whole number from 1 to {}, not '{}'",
                                 max_weight, binding.key)};
    }
    return {};
}

}  // namespace weir::topology
