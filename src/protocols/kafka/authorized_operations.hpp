// The bit sets of operations that replies list on request (KIP-430). Without users, everybody may do
// everything.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace weir::kafka {

enum class Operation {
    read = 3,
    write = 4,
    create = 5,
    remove = 6,
    alter = 7,
    describe = 8,
    cluster_action = 9,
    describe_configs = 10,
    alter_configs = 11,
    idempotent_write = 12
};

constexpr std::int32_t operation_bits(std::initializer_list<Operation> operations) {
    std::int32_t bits = 0;
    for (const auto each : operations) bits |= 1 << static_cast<int>(each);
    return bits;
}

inline constexpr std::int32_t topic_operations =
    operation_bits({Operation::read, Operation::write, Operation::create, Operation::remove, Operation::alter,
                    Operation::describe, Operation::describe_configs, Operation::alter_configs});
inline constexpr std::int32_t cluster_operations =
    operation_bits({Operation::create, Operation::alter, Operation::describe, Operation::cluster_action,
                    Operation::describe_configs, Operation::alter_configs, Operation::idempotent_write});
inline constexpr std::int32_t group_operations =
    operation_bits({Operation::read, Operation::remove, Operation::describe});

}  // namespace weir::kafka
