// Values, entities and commands as bytes (docs/formats/metadata.md).
#pragma once

#include <optional>

#include "base/fields.hpp"
#include "metadata/topology/command.hpp"

namespace weir::topology {

inline constexpr std::uint64_t first_command_kind = 32;
inline constexpr std::size_t max_value_text_bytes = 64 * 1024;

void write(FieldWriter& out, const Value& value);
void write(FieldWriter& out, const Table& table);
void write(FieldWriter& out, const VirtualHost& host);
void write(FieldWriter& out, const Exchange& exchange);
void write(FieldWriter& out, const Queue& queue);
void write(FieldWriter& out, const Binding& binding);
void write(FieldWriter& out, const Policy& policy);
void write(FieldWriter& out, const User& user);
void write(FieldWriter& out, const Permissions& permissions);
void write(FieldWriter& out, const TopicPermissions& permissions);
void write(FieldWriter& out, const Parameter& parameter);

// What does not fit makes the reader fail. What is derived is left empty.
Table read_table(FieldReader& in);
void read(FieldReader& in, VirtualHost& out);
void read(FieldReader& in, Exchange& out);
void read(FieldReader& in, Queue& out);
void read(FieldReader& in, Binding& out);
void read(FieldReader& in, Policy& out);
void read(FieldReader& in, User& out);
void read(FieldReader& in, Permissions& out);
void read(FieldReader& in, TopicPermissions& out);
void read(FieldReader& in, Parameter& out);

// A command's fields; its kind is the result.
std::uint64_t write(FieldWriter& out, const Command& command);
// Nothing: no such kind is known.
std::optional<Command> read_command(std::uint64_t kind, FieldReader& in);

// A table's own bytes: equal for tables of the same types and values.
Bytes encoded(const Table& table);
// invalid_argument: too long or too deep to be stored.
Result<void> check_table(const Table& table);

}  // namespace weir::topology
