// Fields of the catalogue's entries and snapshots: what several commands share.
#pragma once

#include <optional>
#include <string>

#include "base/fields.hpp"
#include "metadata/command.hpp"

namespace weir::metadata {

class FieldWriter : public weir::FieldWriter {
  public:
    using weir::FieldWriter::FieldWriter;

    void nodes(const NodeList& value);
    void replicas(const std::vector<NodeList>& value);
    void overrides(const Overrides& value);
    void edits(const std::vector<SettingEdit>& value);
    void node(const Node& value);
    void partition(const Partition& value);
};

// As the one below it: after something that does not fit, ok() is false and everything reads as empty.
class FieldReader : public weir::FieldReader {
  public:
    using weir::FieldReader::FieldReader;

    NodeId node_id() { return NodeId{static_cast<std::int32_t>(number(INT32_MAX))}; }
    NodeList nodes();
    std::vector<NodeList> replicas();
    Overrides overrides();
    std::vector<SettingEdit> edits();
    Node node();
    // Fails for one that check_partition() refuses.
    Partition partition();
};

}  // namespace weir::metadata
