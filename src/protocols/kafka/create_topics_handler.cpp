// CreateTopics: each topic is decided on its own; the reply leaves when all are in the catalogue.
#include <set>

#include "broker/broker.hpp"
#include "protocols/kafka/config_entries.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/node_list.hpp"

namespace weir::kafka {

namespace {

using Wanted = CreateTopicsRequest::Topic;

// Partitions may come in any order, but must be 0 to n-1.
Result<std::vector<metadata::NodeList>> assignment(const Wanted& wanted) {
    std::vector<metadata::NodeList> replicas(wanted.assignments.size());
    for (const auto& each : wanted.assignments) {
        const auto index = static_cast<std::size_t>(each.partition_index.value);
        if (each.partition_index.value < 0 || index >= replicas.size() || !replicas[index].empty()) {
            return Error{Errc::invalid_assignment,
                         "assigned partitions must be numbered from 0 without a gap"};
        }
        auto nodes = node_list(each.broker_ids);
        if (!nodes) return nodes.error();
        replicas[index] = std::move(*nodes);
    }
    return replicas;
}

Result<metadata::CreateTopic> to_command(const Wanted& wanted, bool validate_only) {
    metadata::CreateTopic command{.name = std::string(wanted.name),
                                  .partitions = wanted.num_partitions,
                                  .replication_factor = wanted.replication_factor,
                                  .validate_only = validate_only};
    auto replicas = assignment(wanted);
    if (!replicas) return replicas.error();
    command.assignment = std::move(*replicas);
    for (const auto& config : wanted.configs) {
        if (!config.value) {
            return Error{Errc::invalid_config, fmt::format("the setting '{}' has no value", config.name)};
        }
        command.overrides[std::string(config.name)] = *config.value;
    }
    return command;
}

void fill(CreateTopicsResponse::Topic& reply, const metadata::Topic& topic,
          const metadata::Catalogue& catalogue) {
    reply.topic_id = topic.id;
    reply.num_partitions = topic.partition_count();
    reply.replication_factor = static_cast<std::int16_t>(topic.replication_factor());
    auto& configs = reply.configs.emplace();
    const auto layers = catalogue.layers(&topic);
    for (const auto& setting : metadata::all_settings(metadata::SettingScope::topic)) {
        const auto entry = config_entry(metadata::effective_setting(setting, layers));
        configs.push_back(
            {entry.name, entry.value, entry.read_only, entry.config_source, entry.is_sensitive});
    }
}

std::set<std::string_view> repeated_names(const std::vector<Wanted>& topics) {
    std::set<std::string_view> seen, repeated;
    for (const auto& topic : topics) {
        if (!seen.insert(topic.name).second) repeated.insert(topic.name);
    }
    return repeated;
}

}  // namespace

void handle_create_topics(CreateTopicsCall call) {
    const auto gathered = std::make_shared<GatheredReply<CreateTopicsCall>>(std::move(call));
    const auto& request = gathered->call.request;
    const auto repeated = repeated_names(request.topics);
    gathered->response.topics.resize(request.topics.size());
    for (std::size_t i = 0; i < request.topics.size(); ++i) {
        const auto& wanted = request.topics[i];
        auto& reply = gathered->response.topics[i];
        reply.name = wanted.name;
        if (repeated.contains(wanted.name)) {
            set_error(reply, {Errc::invalid_argument, "the request names this topic more than once"});
            continue;
        }
        auto command = to_command(wanted, request.validate_only);
        if (!command) {
            set_error(reply, command.error());
            continue;
        }
        gathered->expect();
        gathered->call.broker().change(std::move(*command), [gathered, &reply](auto result) {
            if (result) {
                fill(reply, **result, *gathered->call.broker().controller().catalogue());
            } else {
                set_error(reply, result.error());
            }
            gathered->done();
        });
    }
    gathered->done();
}

}  // namespace weir::kafka
