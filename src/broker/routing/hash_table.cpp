// Choosing a destination by a hash.
#include "broker/routing/hash_table.hpp"

#include <cmath>
#include <limits>

#include "metadata/topology/binding_rules.hpp"

namespace weir::routing {

namespace {

// The last steps of MurmurHash3: every bit of the input moves half of the output's.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

// From 0 to 1, neither of them.
double as_fraction(std::uint64_t hash) {
    return (static_cast<double>(hash >> 11) + 0.5) / static_cast<double>(std::uint64_t{1} << 53);
}

std::uint64_t destination_hash(const topology::Binding& binding) {
    return key_hash(binding.destination) + static_cast<std::uint64_t>(binding.kind);
}

}  // namespace

std::uint64_t key_hash(std::string_view key) {
    std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return mixed(hash);
}

void HashTable::add(topology::BindingPtr binding) {
    const auto weight = topology::weight(binding->key).value_or(1);
    Entry entry{std::move(binding), 0, static_cast<double>(weight)};
    entry.hash = destination_hash(*entry.binding);
    const auto order = [](const Entry& at) { return topology::BySource::key(*at.binding); };
    const auto at = std::ranges::upper_bound(entries_, order(entry), {}, order);
    entries_.insert(at, std::move(entry));
}

void HashTable::remove(const topology::Binding& binding) {
    std::erase_if(entries_, [&](const Entry& entry) { return is_same(*entry.binding, binding); });
}

void HashTable::choose_by_weight(std::uint64_t hash, Step& out) const {
    const Entry* best = nullptr;
    auto best_score = std::numeric_limits<double>::infinity();
    for (const auto& entry : entries_) {
        const auto score = -std::log(as_fraction(mixed(hash ^ entry.hash))) / entry.weight;
        if (score < best_score) best_score = score, best = &entry;
    }
    if (best != nullptr) out.add(*best->binding);
}

void HashTable::choose_by_remainder(std::uint64_t hash, Step& out) const {
    if (!entries_.empty()) out.add(*entries_[hash % entries_.size()].binding);
}

}  // namespace weir::routing
