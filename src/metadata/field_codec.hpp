// Fields as entries and snapshots hold them: varints, and strings and lists with their length in front.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "base/varint.hpp"
#include "metadata/command.hpp"

namespace weir::metadata {

class FieldWriter {
  public:
    explicit FieldWriter(Bytes& out) : out_(out) {}

    void number(std::uint64_t value) { put_uvarint(out_, value); }
    void signed_number(std::int64_t value) { put_varint(out_, value); }
    void flag(bool value) { out_.push_back(value ? 1 : 0); }
    void text(std::string_view value);
    void uuid(const Uuid& value) { out_.insert(out_.end(), value.bytes.begin(), value.bytes.end()); }
    void nodes(const NodeList& value);
    void replicas(const std::vector<NodeList>& value);
    void overrides(const Overrides& value);
    void edits(const std::vector<SettingEdit>& value);
    void node(const Node& value);
    void partition(const Partition& value);

  private:
    Bytes& out_;
};

// Reads what FieldWriter wrote. After something that does not fit, ok() is false and everything reads as
// empty. Nothing is allocated beyond what the bytes at hand can fill.
class FieldReader {
  public:
    explicit FieldReader(ByteView in) : in_(in) {}

    bool ok() const { return ok_; }
    bool at_end() const { return in_.empty(); }
    std::size_t left() const { return in_.size(); }
    void fail() { ok_ = false, in_ = {}; }

    std::uint64_t number(std::uint64_t most = UINT64_MAX);
    std::int64_t signed_number(std::int64_t least, std::int64_t most);
    bool flag() { return number(1) == 1; }
    std::string text(std::size_t most_bytes);
    Uuid uuid();
    // A list's length; each item has at least one byte.
    std::size_t count(std::size_t most) { return number(std::min(most, in_.size())); }
    ByteView bytes(std::size_t size);
    NodeId node_id() { return NodeId{static_cast<std::int32_t>(number(INT32_MAX))}; }
    NodeList nodes();
    std::vector<NodeList> replicas();
    Overrides overrides();
    std::vector<SettingEdit> edits();
    Node node();
    // Fails for one that check_partition() refuses.
    Partition partition();

  private:
    ByteView in_;
    bool ok_ = true;
};

}  // namespace weir::metadata
