// Matching headers, binding by binding.
#include "broker/routing/header_table.hpp"

namespace weir::routing {

namespace {

bool counts(std::string_view name, topology::HeaderMode mode) {
    if (name == topology::header_mode_argument) return false;
    return mode.counts_prefixed || !name.starts_with(topology::prefixed_argument);
}

bool agrees(const topology::Value& wanted, const topology::Value* header) {
    return header != nullptr && (wanted.is_none() || wanted == *header);
}

}  // namespace

bool headers_match(const topology::Binding& binding, topology::HeaderMode mode,
                   const topology::Table& headers) {
    for (const auto& [name, wanted] : binding.arguments) {
        if (!counts(name, mode)) continue;
        const auto at = headers.find(name);
        const bool agree = agrees(wanted, at != headers.end() ? &at->second : nullptr);
        if (agree != mode.all) return agree;  // settled: one of any, or not all
    }
    return mode.all;
}

void HeaderTable::add(topology::BindingPtr binding) {
    const auto mode = topology::header_mode(binding->arguments);
    if (mode) entries_.push_back({std::move(binding), *mode});
}

void HeaderTable::remove(const topology::Binding& binding) {
    std::erase_if(entries_, [&](const Entry& entry) { return is_same(*entry.binding, binding); });
}

void HeaderTable::match(const topology::Table& headers, Step& out) const {
    for (const auto& entry : entries_)
        if (headers_match(*entry.binding, entry.mode, headers)) out.add(*entry.binding);
}

}  // namespace weir::routing
