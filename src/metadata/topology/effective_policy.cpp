// Choosing the policies that apply, and merging their settings.
#include "metadata/topology/effective_policy.hpp"

#include <array>

#include "metadata/topology/binding_rules.hpp"
#include "metadata/topology/format.hpp"

namespace weir::topology {

namespace {

constexpr std::array<std::string_view, 7> bounds{
    "message-ttl",          "expires",       "max-length", "max-length-bytes", "max-in-memory-bytes",
    "max-in-memory-length", "delivery-limit"};
constexpr std::array<std::string_view, 4> texts{"alternate-exchange", "dead-letter-exchange",
                                                "dead-letter-routing-key", "overflow"};
// A negative one of these means no limit, and no limit is more than any.
constexpr std::string_view may_be_unlimited = "delivery-limit";

Value lesser(std::string_view setting, const Value& a, const Value& b) {
    const auto left = a.integer(), right = b.integer();
    if (!left || !right) return left ? a : b;
    if (setting == may_be_unlimited && (*left < 0 || *right < 0)) return *left > *right ? a : b;
    return *left < *right ? a : b;
}

bool applies(const Policy& policy, PolicyTarget to, std::string_view name) {
    return (policy.target == PolicyTarget::all || policy.target == to) && policy.compiled.matches(name);
}

EffectivePolicy choose(const HostState& host, PolicyTarget to, std::string_view name) {
    EffectivePolicy out;
    host.policies.for_each([&](const PolicyPtr& policy) {
        auto& best = policy->is_operator ? out.operator_policy : out.policy;
        if (best != nullptr && best->priority >= policy->priority) return;
        if (applies(*policy, to, name)) best = policy;
    });
    if (out.policy != nullptr) out.definition = out.policy->definition;
    if (out.operator_policy == nullptr) return out;
    for (const auto& [setting, value] : out.operator_policy->definition) {
        const auto [at, is_new] = out.definition.try_emplace(setting, value);
        if (!is_new) at->second = is_bound(setting) ? lesser(setting, at->second, value) : value;
    }
    return out;
}

const Value* argument_of(std::string_view setting, const Table& arguments) {
    if (arguments.empty()) return nullptr;
    auto at = arguments.find(std::string{prefixed_argument} + std::string{setting});
    if (at == arguments.end()) at = arguments.find(setting);
    return at != arguments.end() ? &at->second : nullptr;
}

}  // namespace

bool is_bound(std::string_view setting) {
    return std::ranges::find(bounds, setting) != bounds.end();
}

EffectivePolicy policy_of(const HostState& host, const Queue& queue) {
    return choose(host, PolicyTarget::queues, queue.name);
}
EffectivePolicy policy_of(const HostState& host, const Exchange& exchange) {
    return choose(host, PolicyTarget::exchanges, exchange.name);
}

std::optional<Value> effective(std::string_view setting, const Table& arguments, const Table& definition) {
    const auto* argument = argument_of(setting, arguments);
    const auto at = definition.find(setting);
    const auto* defined = at != definition.end() ? &at->second : nullptr;
    if (argument != nullptr && defined != nullptr)
        return is_bound(setting) ? lesser(setting, *argument, *defined) : *argument;
    if (argument != nullptr) return *argument;
    if (defined != nullptr) return *defined;
    return std::nullopt;
}

Result<void> check_definition(const Table& definition) {
    if (definition.empty()) return Error{Errc::invalid_argument, "the policy defines nothing"};
    for (const auto& [setting, value] : definition) {
        const bool may_be_negative = setting == may_be_unlimited;
        if (is_bound(setting) && (!value.integer() || (*value.integer() < 0 && !may_be_negative))) {
            return Error{Errc::invalid_argument,
                         fmt::format("{} is a whole number from 0 on, not {}", setting, to_text(value))};
        }
        if (std::ranges::find(texts, setting) != texts.end() && value.text() == nullptr)
            return Error{Errc::invalid_argument,
                         fmt::format("{} is a text, not {}", setting, to_text(value))};
    }
    return check_table(definition);
}

}  // namespace weir::topology
