// Routing as the rules say it, binding by binding, without tables: what tests compare the real one with.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "broker/routing/header_table.hpp"
#include "broker/routing/message.hpp"
#include "metadata/topology/effective_policy.hpp"

namespace weir::test {

using Words = std::vector<std::string>;

inline Words words_of(std::string_view text) {
    Words out;
    if (text.empty()) return out;
    out.emplace_back();
    for (const char c : text) {
        if (c == '.') {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

// Tries every way to share out the words; slow where there are many '#'.
inline bool words_match(const Words& pattern, std::size_t i, const Words& key, std::size_t j) {
    if (i == pattern.size()) return j == key.size();
    if (pattern[i] == "#")
        return words_match(pattern, i + 1, key, j) || (j < key.size() && words_match(pattern, i, key, j + 1));
    return j < key.size() && (pattern[i] == "*" || pattern[i] == key[j]) &&
           words_match(pattern, i + 1, key, j + 1);
}

inline bool pattern_matches(std::string_view pattern, std::string_view key) {
    return words_match(words_of(pattern), 0, words_of(key), 0);
}

// Of one message; exchanges that choose one destination must choose one of those that are given.
class NaiveRouting {
  public:
    NaiveRouting(const topology::HostState& host, const routing::Message& message)
        : host_(host), message_(message) {}

    // All destinations of all exchanges that do not choose.
    std::set<QueueId> queues;
    std::set<std::string> topics, delaying;
    bool chose = false;  // an exchange on the way chooses one of its destinations

    void run() {
        std::deque<std::string> way{std::string{message_.exchange}};
        std::set<std::string> seen;
        while (!way.empty()) {
            const auto name = way.front();
            way.pop_front();
            const auto* exchange = host_.exchanges.find(name);
            if (exchange != nullptr && seen.insert(name).second) visit(*exchange, way);
        }
    }

  private:
    void visit(const topology::Exchange& exchange, std::deque<std::string>& way) {
        if (exchange.is_delayed && message_.is_to_be_delayed) return void(delaying.insert(exchange.name));
        bool matched = false;
        host_.for_each_from(exchange.name, [&](const topology::BindingPtr& binding) {
            if (!takes(exchange.kind, *binding)) return;
            matched = true;
            switch (binding->kind) {
                case topology::DestinationKind::queue: queues.insert(binding->queue); break;
                case topology::DestinationKind::exchange: way.push_back(binding->destination); break;
                case topology::DestinationKind::topic: topics.insert(binding->destination); break;
            }
        });
        if (matched) return;
        const auto definition = topology::policy_of(host_, exchange).definition;
        const auto alternate = topology::effective("alternate-exchange", exchange.arguments, definition);
        if (alternate) way.push_back(*alternate->text());
    }

    bool takes(topology::ExchangeKind kind, const topology::Binding& binding) {
        const auto key_is = [&](auto matches) { return std::ranges::any_of(message_.keys, matches); };
        switch (kind) {
            case topology::ExchangeKind::direct:
                return key_is([&](std::string_view key) { return key == binding.key; });
            case topology::ExchangeKind::fan_out: return true;
            case topology::ExchangeKind::pattern:
                return key_is([&](std::string_view key) { return pattern_matches(binding.key, key); });
            case topology::ExchangeKind::header: return headers_take(binding);
            default: return chose = true;
        }
    }

    // As the rules are told, not as they are computed.
    bool headers_take(const topology::Binding& binding) {
        const auto at = binding.arguments.find("x-match");
        const std::string mode = at == binding.arguments.end() ? "all" : *at->second.text();
        int agree = 0, counted = 0;
        for (const auto& [name, value] : binding.arguments) {
            if (name == "x-match" || (name.starts_with("x-") && !mode.ends_with("-with-x"))) continue;
            ++counted;
            const auto& headers = message_.headers->table();
            const auto header = headers.find(name);
            agree += header != headers.end() && (value.is_none() || value == header->second);
        }
        return mode.starts_with("all") ? agree == counted : agree > 0;
    }

    const topology::HostState& host_;
    const routing::Message& message_;
};

// Headers that are a table.
class PlainHeaders : public routing::Headers {
  public:
    explicit PlainHeaders(topology::Table table, std::string message_id = "")
        : table_(std::move(table)), message_id_(std::move(message_id)) {}
    const topology::Table& table() const override { return table_; }
    std::string property(std::string_view name) const override {
        return name == "message-id" ? message_id_ : "";
    }

  private:
    topology::Table table_;
    std::string message_id_;
};

}  // namespace weir::test
