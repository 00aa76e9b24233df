// One exchange's bindings, made ready for routing.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/shared_table.hpp"
#include "broker/routing/hash_table.hpp"
#include "broker/routing/header_table.hpp"
#include "broker/routing/message.hpp"
#include "broker/routing/pattern_trie.hpp"

namespace weir::routing {

// Destinations by key, in a table that copies share.
class KeyTable {
  public:
    void add(const topology::Binding& binding) { change(binding, &Targets::add); }
    void remove(const topology::Binding& binding) { change(binding, &Targets::remove); }
    void match(std::string_view key, Step& out) const;

  private:
    struct Entry {
        std::string key;
        Targets targets;
    };
    using Change = void (Targets::*)(const topology::Binding&);
    void change(const topology::Binding& binding, Change change);

    SharedTable<Entry> entries_;
};

// A value; a changed copy shares what is the same with the one before.
class ExchangeTable {
  public:
    explicit ExchangeTable(topology::ExchangePtr exchange);

    void add(const topology::BindingPtr& binding);
    // It must have been added.
    void remove(const topology::BindingPtr& binding);

    // Adds what its bindings give; what leads further is among it.
    void match(const Message& message, Step& out) const;

    const topology::Exchange& exchange() const { return *exchange_; }
    // Where messages go that nothing matched, by its arguments and policies; "": nowhere.
    std::string alternate;

  private:
    std::uint64_t hash_of(const Message& message) const;

    topology::ExchangePtr exchange_;
    std::string hash_header_, hash_property_;  // what a hash exchange hashes; neither: the key
    std::variant<std::shared_ptr<const KeyTable>, Targets, PatternTrie, HeaderTable, HashTable> bindings_;
};

}  // namespace weir::routing
