// The rules: one leader a term, one entry an index, nothing acknowledged is lost, nothing refused comes back.
#include "simulation/history.hpp"

#include <fmt/format.h>

namespace weir::simulation {

void History::applied(NodeId who, consensus::LogPosition at, const std::string& command,
                      std::uint64_t digest) {
    const auto [entry, is_first] = entries_.try_emplace(at.index, Entry{at.term, command, digest});
    const auto& known = entry->second;
    check(known.term == at.term && known.command == command && known.digest == digest,
          fmt::format("node {} applies {} of term {} as entry {}, where {} of term {} was applied before",
                      who.value, command.substr(0, 20), at.term, at.index, known.command.substr(0, 20),
                      known.term));
    check(!refused_.contains(command), fmt::format("entry {} had been refused", at.index));
}

void History::restored(NodeId who, consensus::LogPosition at, std::uint64_t digest) {
    const auto entry = entries_.upper_bound(at.index);
    if (entry == entries_.begin()) return;  // of no command
    check(std::prev(entry)->second.digest == digest,
          fmt::format("node {} restores a wrong state up to entry {}", who.value, at.index));
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
