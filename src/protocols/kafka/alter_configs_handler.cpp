// AlterConfigs and IncrementalAlterConfigs: all settings of a topic or node anew, or single ones.
#include <set>

#include "broker/broker.hpp"
#include "protocols/kafka/config_resource.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

using Change = metadata::SettingChangeRequest;
using Changes = std::vector<Change>;

Result<Changes> changes(const AlterConfigsRequest::Resource& resource) {
    Changes out;
    for (const auto& config : resource.configs) {
        if (!config.value) {
            return Error{Errc::invalid_argument, fmt::format("the setting '{}' has no value", config.name)};
        }
        out.push_back({.name = std::string(config.name), .value = std::string(*config.value)});
    }
    return out;
}

Result<Change::Operation> operation(ConfigOperation asked) {
    switch (asked) {
        case ConfigOperation::set: return Change::Operation::set;
        case ConfigOperation::remove: return Change::Operation::take_back;
        case ConfigOperation::append: return Change::Operation::append;
        case ConfigOperation::subtract: return Change::Operation::subtract;
    }
    return Error{Errc::invalid_argument,
                 fmt::format("{} is no operation on a setting", static_cast<int>(asked))};
}

Result<Changes> changes(const IncrementalAlterConfigsRequest::Resource& resource) {
    Changes out;
    for (const auto& config : resource.configs) {
        const auto asked = operation(config.config_operation);
        if (!asked) return asked.error();
        if (!config.value && *asked != Change::Operation::take_back) {
            return Error{Errc::invalid_argument, fmt::format("the setting '{}' has no value", config.name)};
        }
        out.push_back({std::string(config.name), *asked, std::string(config.value.value_or(""))});
    }
    return out;
}

template <class CallType>
class Alteration {
  public:
    Alteration(CallType call, bool replace_all)
        : gathered_(std::make_shared<GatheredReply<CallType>>(std::move(call))), replace_all_(replace_all) {}

    void run() {
        const auto& resources = gathered_->call.request.resources;
        gathered_->response.responses.resize(resources.size());
        std::set<std::pair<std::int8_t, std::string_view>> seen;
        for (std::size_t i = 0; i < resources.size(); ++i) {
            auto& reply = gathered_->response.responses[i];
            reply.resource_type = resources[i].resource_type;
            reply.resource_name = resources[i].resource_name;
            if (!seen.emplace(resources[i].resource_type, resources[i].resource_name).second) {
                set_error(reply, {Errc::invalid_argument, "the request names this resource more than once"});
            } else if (auto begun = alter(resources[i], reply); !begun) {
                set_error(reply, begun.error());
            }
        }
        gathered_->done();
    }

  private:
    template <class Resource, class Part>
    Result<void> alter(const Resource& resource, Part& reply) {
        auto wanted = changes(resource);
        if (!wanted) return wanted.error();
        const bool validate_only = gathered_->call.request.validate_only;
        if (resource.resource_type == topic_resource) {
            submit(metadata::AlterTopicSettings{.name = std::string(resource.resource_name),
                                                .changes = std::move(*wanted),
                                                .replace_all = replace_all_,
                                                .validate_only = validate_only},
                   reply);
            return {};
        }
        const auto node = parse_broker_resource(resource.resource_type, resource.resource_name);
        if (!node) return node.error();
        submit(metadata::AlterBrokerSettings{.node = *node,
                                             .changes = std::move(*wanted),
                                             .replace_all = replace_all_,
                                             .validate_only = validate_only},
               reply);
        return {};
    }

    template <class Command, class Part>
    void submit(Command command, Part& reply) {
        gathered_->expect();
        gathered_->call.broker().change(std::move(command), [gathered = gathered_, &reply](auto result) {
            if (!result) set_error(reply, result.error());
            gathered->done();
        });
    }

    std::shared_ptr<GatheredReply<CallType>> gathered_;
    bool replace_all_;
};

}  // namespace

void handle_alter_configs(AlterConfigsCall call) {
    Alteration(std::move(call), true).run();
}

void handle_incremental_alter_configs(IncrementalAlterConfigsCall call) {
    Alteration(std::move(call), false).run();
}

}  // namespace weir::kafka
