// How each kind of exchange keeps its bindings and matches them.
#include "broker/routing/exchange_table.hpp"

namespace weir::routing {

using topology::ExchangeKind;

namespace {

const topology::Table no_headers;

const topology::Table& headers_of(const Message& message) {
    return message.headers != nullptr ? message.headers->table() : no_headers;
}

std::string text_argument(const topology::Table& arguments, std::string_view name) {
    const auto at = arguments.find(name);
    const auto* text = at != arguments.end() ? at->second.text() : nullptr;
    return text != nullptr ? *text : std::string{};
}

}  // namespace

void KeyTable::change(const topology::Binding& binding, Change change) {
    const auto hash = key_hash(binding.key);
    const auto is_it = [&](const Entry& entry) { return entry.key == binding.key; };
    const auto* before = entries_.find(hash, is_it);
    auto now = before != nullptr ? *before : Entry{binding.key, {}};
    (now.targets.*change)(binding);
    if (now.targets.empty()) return entries_.erase(hash, is_it);
    entries_.put(hash, std::make_shared<const Entry>(std::move(now)), is_it);
}

void KeyTable::match(std::string_view key, Step& out) const {
    const auto* entry = entries_.find(key_hash(key), [&](const Entry& at) { return at.key == key; });
    if (entry != nullptr) out.add(entry->targets);
}

ExchangeTable::ExchangeTable(topology::ExchangePtr exchange) : exchange_(std::move(exchange)) {
    hash_header_ = text_argument(exchange_->arguments, "hash-header");
    hash_property_ = text_argument(exchange_->arguments, "hash-property");
    switch (exchange_->kind) {
        case ExchangeKind::direct: bindings_ = std::make_shared<const KeyTable>(); break;
        case ExchangeKind::fan_out: bindings_ = Targets{}; break;
        case ExchangeKind::pattern: bindings_ = PatternTrie{}; break;
        case ExchangeKind::header: bindings_ = HeaderTable{}; break;
        case ExchangeKind::consistent_hash:
        case ExchangeKind::modulus_hash:
        case ExchangeKind::random: bindings_ = HashTable{}; break;
    }
}

namespace {

// Calls add or remove of the table; a shared one is copied first.
struct Adder {
    const topology::BindingPtr& binding;
    void operator()(std::shared_ptr<const KeyTable>& table) const {
        auto copy = std::make_shared<KeyTable>(*table);
        copy->add(*binding);
        table = std::move(copy);
    }
    void operator()(Targets& targets) const { targets.add(*binding); }
    void operator()(PatternTrie& trie) const { trie.add(*binding); }
    void operator()(HeaderTable& table) const { table.add(binding); }
    void operator()(HashTable& table) const { table.add(binding); }
};
struct Remover {
    const topology::Binding& binding;
    void operator()(std::shared_ptr<const KeyTable>& table) const {
        auto copy = std::make_shared<KeyTable>(*table);
        copy->remove(binding);
        table = std::move(copy);
    }
    template <class Table>
    void operator()(Table& table) const {
        table.remove(binding);
    }
};

}  // namespace

void ExchangeTable::add(const topology::BindingPtr& binding) {
    std::visit(Adder{binding}, bindings_);
}

void ExchangeTable::remove(const topology::BindingPtr& binding) {
    std::visit(Remover{*binding}, bindings_);
}

std::uint64_t ExchangeTable::hash_of(const Message& message) const {
    if (!hash_property_.empty())
        return key_hash(message.headers != nullptr ? message.headers->property(hash_property_) : "");
    if (hash_header_.empty()) return key_hash(message.keys.front());
    const auto& headers = headers_of(message);
    const auto at = headers.find(hash_header_);
    if (at == headers.end()) return key_hash("");
    const auto* text = at->second.text();
    return key_hash(text != nullptr ? *text : topology::to_text(at->second));
}

void ExchangeTable::match(const Message& message, Step& out) const {
    switch (exchange_->kind) {
        case ExchangeKind::direct:
            for (const auto key : message.keys)
                std::get<std::shared_ptr<const KeyTable>>(bindings_)->match(key, out);
            return;
        case ExchangeKind::fan_out: return out.add(std::get<Targets>(bindings_));
        case ExchangeKind::pattern:
            for (const auto key : message.keys) std::get<PatternTrie>(bindings_).match(key, out);
            return;
        case ExchangeKind::header: return std::get<HeaderTable>(bindings_).match(headers_of(message), out);
        case ExchangeKind::consistent_hash:
            return std::get<HashTable>(bindings_).choose_by_weight(hash_of(message), out);
        case ExchangeKind::modulus_hash:
            return std::get<HashTable>(bindings_).choose_by_remainder(hash_of(message), out);
        case ExchangeKind::random:
            return std::get<HashTable>(bindings_).choose_by_remainder(message.dice, out);
    }
}

}  // namespace weir::routing
