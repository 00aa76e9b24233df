// What can be asked of the catalogue, and the pure decisions: a request and the state give commands and an
// answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metadata/catalogue.hpp"

namespace weir::metadata {

inline constexpr std::int32_t use_default = -1;
inline constexpr std::int32_t max_producer_id_block = 1'000'000;

// Errors: invalid_name, already_exists, invalid_partitions, invalid_replication, invalid_assignment,
// invalid_config, invalid_argument, limit_exceeded.
struct CreateTopic {
    using Reply = TopicPtr;  // as it now is, or (validate_only) would be

    std::string name{};
    std::int32_t partitions = use_default;
    std::int32_t replication_factor = use_default;
    std::vector<NodeList> assignment{};  // replicas by partition; if given, the two above stay at use_default
                                         // and weir.mode is not among the overrides
    Overrides overrides{};
    bool is_internal = false;
    bool validate_only = false;
    Uuid id{};  // random; the controller sets it
};

// By name, or by id if the name is empty. Errors: not_found, unknown_topic_id, disabled
// (delete.topic.enable).
struct DeleteTopic {
    using Reply = TopicPtr;  // as it was

    std::string name{};
    Uuid id{};
};

// Errors: not_found, invalid_partitions, invalid_assignment, limit_exceeded.
struct AddPartitions {
    using Reply = TopicPtr;

    std::string name{};
    std::int32_t total = 0;              // with those that are there
    std::vector<NodeList> assignment{};  // of the new ones; empty: weir places them
    bool validate_only = false;
};

// One change of a setting, as a tool asks for it.
struct SettingChangeRequest {
    enum class Operation { set, take_back, append, subtract };  // the last two: of lists only

    std::string name{};
    Operation operation = Operation::set;
    std::string value{};
};

// Errors: not_found, invalid_config, invalid_argument (a setting named twice).
struct AlterTopicSettings {
    using Reply = TopicPtr;

    std::string name{};
    std::vector<SettingChangeRequest> changes{};
    bool replace_all = false;  // settings that are not named are taken back
    bool validate_only = false;
};

// Errors: not_found (no such node), invalid_config (read-only ones, too), invalid_argument.
struct AlterBrokerSettings {
    struct Reply {};

    std::optional<NodeId> node{};  // none: the default of all nodes
    std::vector<SettingChangeRequest> changes{};
    bool replace_all = false;
    bool validate_only = false;
};

// Errors: invalid_argument (count), limit_exceeded (none left).
struct AllocateProducerIds {
    struct Reply {
        ProducerId first;
        std::int32_t count = 0;
    };

    std::int32_t count = 1000;
};

// Errors: invalid_argument, limit_exceeded.
struct SetFeature {
    struct Reply {};

    std::string name{};
    std::int16_t level = 0;  // 0: off
};

template <class Reply>
struct Decision {
    std::vector<Command> commands{};  // to be applied together
    Reply reply;
};

// invalid_config for unknown names, wrong values, and values that contradict each other.
Result<void> check_topic_overrides(const Overrides& overrides);

Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const CreateTopic& request);
Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const DeleteTopic& request);
Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const AddPartitions& request);
Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const AlterTopicSettings& request);
Result<Decision<AlterBrokerSettings::Reply>> decide(const Catalogue& catalogue,
                                                    const AlterBrokerSettings& request);
Result<Decision<AllocateProducerIds::Reply>> decide(const Catalogue& catalogue,
                                                    const AllocateProducerIds& request);
Result<Decision<SetFeature::Reply>> decide(const Catalogue& catalogue, const SetFeature& request);

}  // namespace weir::metadata
