// Big-endian numbers, 16-bit lengths for strings and 32-bit ones for bytes and arrays; -1 for what is absent.
#include "broker/stream/group_records.hpp"

#include "base/assert.hpp"

namespace weir::stream {
namespace {

constexpr std::int16_t oldest_offset_key = 0;
constexpr std::int16_t offset_key = 1;
constexpr std::int16_t group_key = 2;
constexpr std::int16_t expiring_offset_value = 1;
constexpr std::int16_t offset_value = 3;
constexpr std::int16_t group_value = 3;
constexpr std::size_t smallest_member_bytes = 18;  // empty strings, a timeout, empty bytes, in version 0

class Writer {
  public:
    template <class T>
    Writer& number(T value) {
        out_.resize(out_.size() + sizeof value);
        store_big(out_.data() + out_.size() - sizeof value, value);
        return *this;
    }
    Writer& string(std::string_view text) {
        ASSERT(text.size() <= max_string_bytes);
        number(static_cast<std::int16_t>(text.size()));
        out_.insert(out_.end(), text.begin(), text.end());
        return *this;
    }
    Writer& nullable_string(const std::optional<std::string>& text) {
        return text ? string(*text) : number<std::int16_t>(-1);
    }
    Writer& bytes(ByteView bytes) {
        number(static_cast<std::int32_t>(bytes.size()));
        out_.insert(out_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};

// Reads what is there; after the first thing that is not, ok() is false and all else reads as zero and empty.
class Reader {
  public:
    explicit Reader(ByteView in) : in_(in) {}

    template <class T>
    T number() {
        const ByteView at = take(sizeof(T));
        return at.empty() ? T{} : load_big<T>(at.data());
    }
    std::optional<std::string> nullable_string() {
        const auto length = number<std::int16_t>();
        if (length == -1) return std::nullopt;
        return std::string(as_text(take(length)));
    }
    std::string string() {
        auto text = nullable_string();
        if (!text) ok_ = false;
        return std::move(text).value_or("");
    }
    Bytes bytes() {
        const ByteView view = take(number<std::int32_t>());
        return Bytes(view.begin(), view.end());
    }
    // An array's length, of which each element takes `smallest` bytes at least.
    std::size_t count(std::size_t smallest) {
        const auto count = number<std::int32_t>();
        if (count < 0 || static_cast<std::size_t>(count) > in_.size() / smallest) ok_ = false;
        return ok_ ? static_cast<std::size_t>(count) : 0;
    }
    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && in_.empty(); }

  private:
    ByteView take(std::int64_t length) {
        if (length < 0 || static_cast<std::size_t>(length) > in_.size()) ok_ = false;
        if (!ok_) return {};
        const ByteView front = in_.first(static_cast<std::size_t>(length));
        in_ = in_.subspan(static_cast<std::size_t>(length));
        return front;
    }
    ByteView in_;
    bool ok_ = true;
};

Error corrupt(std::string_view what) {
    return {Errc::corrupt, fmt::format("a record of the groups' log has a broken {}", what)};
}

Bytes encode_value(const CommittedOffset& committed) {
    const bool expires = committed.expire_timestamp_ms >= 0;
    Writer value;
    value.number(expires ? expiring_offset_value : offset_value).number(committed.offset.value);
    if (!expires) value.number(committed.leader_epoch.value);
    value.string(committed.metadata).number(committed.commit_timestamp_ms);
    if (expires) value.number(committed.expire_timestamp_ms);
    return value.take();
}

Result<CommittedOffset> decode_offset_value(ByteView bytes) {
    Reader in(bytes);
    const auto version = in.number<std::int16_t>();
    if (version < 0 || version > offset_value) return corrupt("offset's version");
    CommittedOffset committed;
    committed.offset = Offset{in.number<std::int64_t>()};
    if (version >= 3) committed.leader_epoch = LeaderEpoch{in.number<std::int32_t>()};
    committed.metadata = in.string();
    committed.commit_timestamp_ms = in.number<std::int64_t>();
    if (version == 1) committed.expire_timestamp_ms = in.number<std::int64_t>();
    if (!in.at_end()) return corrupt("offset");
    return committed;
}

Bytes encode_value(const StoredGroup& group) {
    Writer value;
    value.number(group_value).string(group.protocol_type).number(group.generation);
    value.nullable_string(group.protocol).nullable_string(group.leader).number(group.state_timestamp_ms);
    value.number(static_cast<std::int32_t>(group.members.size()));
    for (const auto& member : group.members) {
        value.string(member.member_id).nullable_string(member.instance_id);
        value.string(member.client_id).string(member.client_host);
        value.number(member.rebalance_timeout_ms).number(member.session_timeout_ms);
        value.bytes(member.metadata).bytes(member.assignment);
    }
    return value.take();
}

StoredMember read_member(Reader& in, std::int16_t version) {
    StoredMember member;
    member.member_id = in.string();
    if (version >= 3) member.instance_id = in.nullable_string();
    member.client_id = in.string();
    member.client_host = in.string();
    if (version >= 1) member.rebalance_timeout_ms = in.number<std::int32_t>();
    member.session_timeout_ms = in.number<std::int32_t>();
    if (version == 0) member.rebalance_timeout_ms = member.session_timeout_ms;
    member.metadata = in.bytes();
    member.assignment = in.bytes();
    return member;
}

Result<StoredGroup> decode_group_value(ByteView bytes) {
    Reader in(bytes);
    const auto version = in.number<std::int16_t>();
    if (version < 0 || version > group_value) return corrupt("group's version");
    StoredGroup group;
    group.protocol_type = in.string();
    group.generation = in.number<std::int32_t>();
    group.protocol = in.nullable_string();
    group.leader = in.nullable_string();
    if (version >= 2) group.state_timestamp_ms = in.number<std::int64_t>();
    group.members.resize(in.count(smallest_member_bytes));
    for (auto& member : group.members) member = read_member(in, version);
    if (!in.at_end()) return corrupt("group");
    return group;
}

Result<DecodedRecord> decode_offset(Reader& key, std::optional<ByteView> value) {
    OffsetRecord record;
    record.group = key.string();
    record.where.topic = key.string();
    record.where.partition = PartitionId{key.number<std::int32_t>()};
    if (!key.at_end()) return corrupt("offset's key");
    if (!value) return DecodedRecord(std::move(record));
    auto committed = decode_offset_value(*value);
    if (!committed) return committed.error();
    record.value = std::move(*committed);
    return DecodedRecord(std::move(record));
}

Result<DecodedRecord> decode_group(Reader& key, std::optional<ByteView> value) {
    GroupRecord record;
    record.group = key.string();
    if (!key.at_end()) return corrupt("group's key");
    if (!value) return DecodedRecord(std::move(record));
    auto group = decode_group_value(*value);
    if (!group) return group.error();
    record.value = std::move(*group);
    return DecodedRecord(std::move(record));
}

}  // namespace

EncodedRecord encode(const OffsetRecord& record) {
    Writer key;
    key.number(offset_key)
        .string(record.group)
        .string(record.where.topic)
        .number(record.where.partition.value);
    if (!record.value) return {key.take(), std::nullopt};
    return {key.take(), encode_value(*record.value)};
}

EncodedRecord encode(const GroupRecord& record) {
    Writer key;
    key.number(group_key).string(record.group);
    if (!record.value) return {key.take(), std::nullopt};
    return {key.take(), encode_value(*record.value)};
}

Result<DecodedRecord> decode(ByteView key, std::optional<ByteView> value) {
    Reader in(key);
    const auto version = in.number<std::int16_t>();
    if (!in.ok() || version < 0) return corrupt("key");
    if (version >= oldest_offset_key && version <= offset_key) return decode_offset(in, value);
    if (version == group_key) return decode_group(in, value);
    return DecodedRecord(std::monostate{});
}

}  // namespace weir::stream
