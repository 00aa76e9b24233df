// The rules: one leader a term, one entry an index, nothing acknowledged is lost, nothing refused comes back.
#include "simulation/history.hpp"

#include <fmt/format.h>

#include "base/crc32c.hpp"

namespace weir::simulation {

namespace {

std::uint64_t digest_after(std::uint64_t before, const std::string& command) {
    const auto sum = crc32c(as_bytes(command), static_cast<std::uint32_t>(before));
    return (before * 0x9e3779b97f4a7c15 + command.size()) ^ sum;
}

}  // namespace

std::uint64_t History::applied(NodeId who, consensus::LogPosition at, const std::string& command,
                               std::uint64_t digest_before) {
    const auto digest = digest_after(digest_before, command);
    const auto [entry, is_first] = entries_.try_emplace(at.index, Entry{at.term, command, digest});
    const auto& known = entry->second;
    check(known.term == at.term && known.command == command && known.digest == digest,
          fmt::format("node {} applies {} of term {} as entry {}, where {} of term {} was applied before",
                      who.value, command.substr(0, 20), at.term, at.index, known.command.substr(0, 20),
                      known.term));
    check(!refused_.contains(command), fmt::format("entry {} had been refused", at.index));
    return digest;
}

void History::restored(NodeId who, consensus::LogPosition at, std::uint64_t digest) {
    auto entry = entries_.upper_bound(at.index);
    const auto known = entry == entries_.begin() ? 0 : std::prev(entry)->second.digest;
    check(known == digest, fmt::format("node {} restores a wrong state up to entry {}", who.value, at.index));
}

void History::leads(NodeId who, consensus::LogTerm term) {
    const auto [known, is_first] = leaders_.try_emplace(term, who);
    check(known->second == who,
          fmt::format("nodes {} and {} both lead in term {}", known->second.value, who.value, term));
}

void History::acknowledged(consensus::LogPosition at, const std::string& command) {
    ++acknowledgements_;
    last_acknowledged_ = std::max(last_acknowledged_, at.index);
    const auto entry = entries_.find(at.index);
    check(entry != entries_.end() && entry->second.command == command,
          fmt::format("entry {} was acknowledged, but is another one", at.index));
}

void History::refused(const std::string& command) {
    refused_.insert(command);
    for (const auto& [index, entry] : entries_)
        check(entry.command != command, fmt::format("entry {} was refused, but took effect", index));
}

}  // namespace weir::simulation
