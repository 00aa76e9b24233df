// Decisions about settings, and the small ones: producer ids, features.
#include <charconv>
#include <set>

#include "base/assert.hpp"
#include "metadata/partition_changes.hpp"
#include "metadata/requests.hpp"

namespace weir::metadata {

namespace {

using Operation = SettingChangeRequest::Operation;

std::string joined(const std::vector<std::string_view>& items) {
    std::string out;
    for (const auto item : items) out += (out.empty() ? "" : ",") + std::string{item};
    return out;
}

// A list's value after items are put to it or taken from it; `now` is what applies so far.
Result<std::string> changed_list(const Setting& setting, const SettingChangeRequest& change,
                                 std::string_view now) {
    if (setting.type != SettingType::list) {
        return Error{
            Errc::invalid_config,
            fmt::format("{} is not a list: set it instead of appending or subtracting", setting.name)};
    }
    auto items = list_items(now);
    for (const auto item : list_items(change.value)) {
        const auto at = std::ranges::find(items, item);
        if (change.operation == Operation::append && at == items.end()) items.push_back(item);
        if (change.operation == Operation::subtract && at != items.end()) items.erase(at);
    }
    return joined(items);
}

// What one change comes to: the setting's new value, or none to take it back.
Result<std::optional<std::string>> resolved(const Setting& setting, const SettingChangeRequest& change,
                                            const Overrides& current, const SettingLayers& layers) {
    if (change.operation == Operation::take_back) return std::optional<std::string>{};
    std::string value = change.value;
    if (change.operation != Operation::set) {
        const auto own = current.find(change.name);
        const auto now =
            own != current.end() ? own->second : effective_setting(setting, layers).value.value_or("");
        auto list = changed_list(setting, change, now);
        if (!list) return list.error();
        value = std::move(*list);
    }
    if (auto checked = check_setting_value(setting, value); !checked) return checked.error();
    return std::optional<std::string>{std::move(value)};
}

// Tools that replace all settings name those that can't change, too.
bool is_kept(const Setting& setting, const SettingChangeRequest& change, const std::string* own) {
    return setting.change == SettingChange::at_creation && change.operation == Operation::set &&
           own != nullptr && *own == change.value;
}

Result<void> check_changeable(const Setting& setting) {
    switch (setting.change) {
        case SettingChange::dynamic: return {};
        case SettingChange::at_start:
            return Error{
                Errc::invalid_config,
                fmt::format("{} can't be changed at run time: set it in the configuration file and start "
                            "again",
                            setting.name)};
        case SettingChange::at_creation:
            return Error{Errc::invalid_config,
                         fmt::format("{} is chosen when a topic is made: reassign its partitions instead",
                                     setting.name)};
    }
    ASSERT(false);
}

// The edits that the changes come to, those without effect left out.
Result<std::vector<SettingEdit>> resolve(SettingScope scope, const std::vector<SettingChangeRequest>& changes,
                                         bool replace_all, const Overrides& current,
                                         const SettingLayers& layers) {
    std::vector<SettingEdit> edits;
    std::set<std::string_view> named;
    for (const auto& change : changes) {
        if (!named.insert(change.name).second) {
            return Error{Errc::invalid_argument, fmt::format("'{}' is named twice", change.name)};
        }
        const auto own = current.find(change.name);
        const auto* setting = find_setting(scope, change.name);
        if (setting == nullptr) {
            // What an older or newer weir left behind may go.
            if (change.operation != Operation::take_back || own == current.end()) {
                return check_overrides(scope, {{change.name, change.value}}).error();
            }
            edits.emplace_back(change.name, std::nullopt);
            continue;
        }
        if (is_kept(*setting, change, own != current.end() ? &own->second : nullptr)) continue;
        if (auto free = check_changeable(*setting); !free) return free.error();
        auto value = resolved(*setting, change, current, layers);
        if (!value) return value.error();
        if (*value ? own == current.end() || own->second != **value : own != current.end()) {
            edits.emplace_back(change.name, std::move(*value));
        }
    }
    if (!replace_all) return edits;
    for (const auto& [name, unused] : current) {
        const auto* setting = find_setting(scope, name);
        const bool stays = setting != nullptr && setting->change == SettingChange::at_creation;
        if (!named.contains(name) && !stays) edits.emplace_back(name, std::nullopt);
    }
    return edits;
}

// Whether values that are each right agree with one another.
Result<void> check_together(const Overrides& overrides) {
    const auto number = [&](std::string_view name, std::int64_t otherwise) {
        const auto at = overrides.find(name);
        if (at != overrides.end()) {
            std::from_chars(at->second.data(), at->second.data() + at->second.size(), otherwise);
        }
        return otherwise;
    };
    if (number("min.compaction.lag.ms", 0) > number("max.compaction.lag.ms", INT64_MAX)) {
        return Error{Errc::invalid_config,
                     "min.compaction.lag.ms can't be greater than max.compaction.lag.ms"};
    }
    return {};
}

// Whether elections go by other rules than before.
bool has_other_rules(const Topic& before, const Topic& after) {
    return before.settings->cluster_min_insync_replicas != after.settings->cluster_min_insync_replicas ||
           before.settings->allows_unclean_leader != after.settings->allows_unclean_leader;
}

// A lower min.insync.replicas lets leaders go on without the replicas that were eligible until now: both must
// take effect at once.
template <class Reply>
Result<Decision<Reply>> with_consequences(Command change, PartitionChanges consequences, Reply reply) {
    if (consequences.is_full()) {
        return Error{
            Errc::limit_exceeded,
            "too many partitions are short of replicas for this change: wait until they are in sync"};
    }
    Decision<Reply> out{{std::move(change)}, std::move(reply)};
    for (auto& command : std::move(consequences).commands()) out.commands.push_back(std::move(command));
    return out;
}

}  // namespace

Result<void> check_topic_overrides(const Overrides& overrides) {
    if (auto known = check_overrides(SettingScope::topic, overrides); !known) return known;
    return check_together(overrides);
}

Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const AlterTopicSettings& request) {
    const auto topic = catalogue.find_shared(request.name);
    if (topic == nullptr) {
        return Error{Errc::not_found,
                     fmt::format("there is no topic '{}'", request.name.substr(0, max_topic_name_bytes))};
    }
    auto edits = resolve(SettingScope::topic, request.changes, request.replace_all, topic->overrides,
                         catalogue.layers(topic.get()));
    if (!edits) return edits.error();
    if (edits->empty()) return Decision<TopicPtr>{{}, topic};
    TopicSettingsChanged changed{.id = topic->id, .edits = std::move(*edits)};
    auto next = catalogue;
    const auto applied = next.apply(changed);
    ASSERT(applied);
    auto altered = next.find_shared(topic->id);
    if (auto fit = check_together(altered->overrides); !fit) return fit.error();
    if (request.validate_only) return Decision<TopicPtr>{{}, std::move(altered)};
    PartitionChanges consequences{next};
    if (has_other_rules(*topic, *altered)) consequences.settle(*altered);
    return with_consequences<TopicPtr>(std::move(changed), std::move(consequences), std::move(altered));
}

Result<Decision<AlterBrokerSettings::Reply>> decide(const Catalogue& catalogue,
                                                    const AlterBrokerSettings& request) {
    if (request.node && !catalogue.nodes().contains(*request.node)) {
        return Error{Errc::not_found, fmt::format("there is no node {}", request.node->value)};
    }
    auto edits = resolve(SettingScope::broker, request.changes, request.replace_all,
                         catalogue.broker_overrides(request.node), catalogue.layers());
    if (!edits) return edits.error();
    if (edits->empty() || request.validate_only) return Decision<AlterBrokerSettings::Reply>{};
    BrokerSettingsChanged changed{.node = request.node, .edits = std::move(*edits)};
    auto next = catalogue;
    const auto applied = next.apply(changed);
    ASSERT(applied);
    PartitionChanges consequences{next};
    next.for_each_topic([&](const TopicPtr& topic) {
        if (has_other_rules(*catalogue.find(topic->id), *topic)) consequences.settle(*topic);
    });
    return with_consequences(std::move(changed), std::move(consequences), AlterBrokerSettings::Reply{});
}

Result<Decision<AllocateProducerIds::Reply>> decide(const Catalogue& catalogue,
                                                    const AllocateProducerIds& request) {
    if (request.count < 1 || request.count > max_producer_id_block) {
        return Error{Errc::invalid_argument,
                     fmt::format("a block has 1 to {} producer ids", max_producer_id_block)};
    }
    const auto first = catalogue.next_producer_id();
    if (first.value > INT64_MAX - request.count)
        return Error{Errc::limit_exceeded, "there are no producer ids left"};
    return Decision<AllocateProducerIds::Reply>{
        {ProducerIdsAllocated{ProducerId{first.value + request.count}}},
        {.first = first, .count = request.count}};
}

Result<Decision<SetFeature::Reply>> decide(const Catalogue& catalogue, const SetFeature& request) {
    if (request.name.empty() || request.name.size() > max_topic_name_bytes || request.level < 0) {
        return Error{Errc::invalid_argument, "a feature has a name and a level from 0 on"};
    }
    Decision<SetFeature::Reply> out;
    const auto known = catalogue.features().find(request.name);
    const auto now = known == catalogue.features().end() ? std::int16_t{0} : known->second;
    if (now == 0 && request.level != 0 && catalogue.features().size() >= max_features) {
        return Error{Errc::limit_exceeded,
                     fmt::format("there can be no more than {} features", max_features)};
    }
    if (now != request.level) out.commands.push_back(FeatureSet{request.name, request.level});
    return out;
}

}  // namespace weir::metadata
