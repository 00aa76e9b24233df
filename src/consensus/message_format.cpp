// Messages of the group as bytes: little-endian fields, every length checked against what is left.
#include "consensus/message_format.hpp"

#include "base/assert.hpp"
#include "consensus/members.hpp"

namespace weir::consensus {

namespace {

constexpr std::uint8_t message_version = 1;
constexpr std::size_t prefix_size = 2 + 16 + 1;        // version, kind, cluster id, length of the address
constexpr std::uint64_t max_number = UINT64_MAX >> 2;  // of an index or a term: room to count on
constexpr std::size_t entry_header_size = 8 + 1 + 4;   // term, kind, length

class Writer {
  public:
    explicit Writer(Bytes& out) : out_(out) {}
    template <class T>
    void put(T value) {
        out_.resize(out_.size() + sizeof value);
        store_little(out_.data() + out_.size() - sizeof value, value);
    }
    void put(LogPosition at) { put(at.index), put(at.term); }
    void put_flag(bool flag) { out_.push_back(flag ? 1 : 0); }
    void put_bytes(ByteView bytes) {
        put(static_cast<std::uint32_t>(bytes.size()));
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }

  private:
    Bytes& out_;
};

// Gives zeros once the bytes are used up or something does not hold; ask at the end.
class Reader {
  public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}

    template <class T>
    T take() {
        if (!need(sizeof(T))) return {};
        const auto value = load_little<T>(rest_.data());
        rest_ = rest_.subspan(sizeof(T));
        return value;
    }
    std::uint64_t take_number() {
        const auto value = take<std::uint64_t>();
        check(value <= max_number);
        return value;
    }
    LogTerm take_term() {
        const auto term = take_number();
        check(term > 0);
        return term;
    }
    LogPosition take_position() {
        LogPosition at;
        at.index = take_number();
        at.term = take_number();
        check((at.index == 0) == (at.term == 0));
        return at;
    }
    bool take_flag() {
        const auto value = take<std::uint8_t>();
        check(value <= 1);
        return value == 1;
    }
    Bytes take_bytes(std::size_t limit) {
        const std::size_t size = take<std::uint32_t>();
        check(size <= limit);
        if (!need(size)) return {};
        Bytes out{rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size)};
        rest_ = rest_.subspan(size);
        return out;
    }
    std::string take_address() {
        const std::size_t size = take<std::uint8_t>();
        if (!need(size)) return {};
        std::string out{as_text(rest_.first(size))};
        rest_ = rest_.subspan(size);
        check(out.find('\0') == std::string::npos);
        return out;
    }
    void check(bool holds) {
        if (!holds) is_good_ = false;
    }
    std::size_t left() const { return rest_.size(); }
    bool is_good() const { return is_good_; }
    bool is_finished() const { return is_good_ && rest_.empty(); }

  private:
    bool need(std::size_t size) {
        check(rest_.size() >= size);
        return is_good_;
    }

    ByteView rest_;
    bool is_good_ = true;
};

void put(Writer& out, const VoteRequest& m) {
    out.put(m.term), out.put(m.last), out.put_flag(m.is_pre_vote), out.put_flag(m.disrupts_leader);
}
void put(Writer& out, const VoteReply& m) {
    out.put(m.term), out.put_flag(m.is_pre_vote), out.put_flag(m.is_granted);
}
void put(Writer& out, const AppendRequest& m) {
    out.put(m.term), out.put(m.previous), out.put(m.committed);
    out.put(static_cast<std::uint32_t>(m.entries.size()));
    for (const auto& entry : m.entries) {
        out.put(entry.term);
        out.put(static_cast<std::uint8_t>(entry.kind));
        out.put_bytes(entry.data);
    }
}
void put(Writer& out, const AppendReply& m) {
    out.put(m.term), out.put(m.rejected), out.put(m.last);
}
void put(Writer& out, const SnapshotPart& m) {
    out.put(m.term), out.put(m.at), out.put(m.members_index), out.put_bytes(m.members);
    out.put(m.size), out.put(m.offset), out.put_bytes(m.data);
}
void put(Writer& out, const ElectionRequest& m) {
    out.put(m.term), out.put(m.last);
}

void take(Reader& in, VoteRequest& m) {
    m.term = in.take_term();
    m.last = in.take_position();
    m.is_pre_vote = in.take_flag();
    m.disrupts_leader = in.take_flag();
    in.check(m.last.term < m.term);
}
void take(Reader& in, VoteReply& m) {
    m.term = in.take_number();
    m.is_pre_vote = in.take_flag();
    m.is_granted = in.take_flag();
}
LogEntry take_entry(Reader& in) {
    LogEntry out;
    out.term = in.take_term();
    out.kind = static_cast<RecordKind>(in.take<std::uint8_t>());
    out.data = in.take_bytes(max_command_bytes);
    switch (out.kind) {
        case RecordKind::command:
        case RecordKind::barrier: break;
        case RecordKind::members: in.check(decode_members(out.data).has_value()); break;
        default: in.check(false);
    }
    return out;
}
void take(Reader& in, AppendRequest& m) {
    m.term = in.take_term();
    m.previous = in.take_position();
    m.committed = in.take_number();
    const std::size_t count = in.take<std::uint32_t>();
    in.check(count <= max_message_entries && count * entry_header_size <= in.left());
    auto term = m.previous.term;
    while (in.is_good() && m.entries.size() < count) {
        auto entry = take_entry(in);
        in.check(entry.term >= term && (entry.kind != RecordKind::members || m.entries.empty()));
        term = entry.term;
        m.entries.push_back(std::move(entry));
    }
    in.check(term <= m.term);
}
void take(Reader& in, AppendReply& m) {
    m.term = in.take_number();
    m.rejected = in.take_number();
    m.last = in.take_number();
    in.check(m.rejected == 0 || m.last < m.rejected);
}
void take(Reader& in, SnapshotPart& m) {
    m.term = in.take_term();
    m.at = in.take_position();
    m.members_index = in.take_number();
    m.members = in.take_bytes(max_members_bytes);
    m.size = in.take_number();
    m.offset = in.take_number();
    m.data = in.take_bytes(message_target_bytes);
    in.check(m.at.index > 0 && m.at.term <= m.term && m.members_index > 0 && m.members_index <= m.at.index);
    in.check(m.size <= max_snapshot_bytes && m.offset <= m.size && m.data.size() <= m.size - m.offset);
    in.check(in.is_good() && decode_members(m.members).has_value());
}
void take(Reader& in, ElectionRequest& m) {
    m.term = in.take_term();
    m.last = in.take_position();
    in.check(m.last.term <= m.term);
}

template <std::size_t kind = 0>
bool take_kind(Reader& in, std::size_t wanted, Message& out) {
    if constexpr (kind < std::variant_size_v<Message>) {
        if (kind != wanted) return take_kind<kind + 1>(in, wanted, out);
        take(in, out.emplace<kind>());
        return true;
    } else {
        return false;
    }
}

}  // namespace

Bytes encode_message(const Sender& sender, const Message& message) {
    Bytes out{message_version, static_cast<std::uint8_t>(message.index() + 1)};
    const auto& id = sender.cluster_id.bytes;
    out.insert(out.end(), id.begin(), id.end());
    ASSERT(sender.address.size() <= max_address_bytes);
    out.push_back(static_cast<std::uint8_t>(sender.address.size()));
    out.insert(out.end(), sender.address.begin(), sender.address.end());
    Writer writer{out};
    std::visit([&](const auto& m) { put(writer, m); }, message);
    ASSERT(out.size() <= max_message_bytes);
    return out;
}

Result<Received> decode_message(const Uuid& cluster_id, ByteView bytes) {
    if (bytes.size() < prefix_size || bytes.size() > max_message_bytes)
        return Error{Errc::corrupt,
                     fmt::format("a message of the metadata log's group has {} bytes", bytes.size())};
    const auto kind = bytes[1];
    if (bytes[0] != message_version)
        return Error{Errc::unsupported, fmt::format("messages of form {} are a newer weir's", bytes[0])};
    if (!std::ranges::equal(bytes.subspan(2, 16), cluster_id.bytes))
        return Error{Errc::not_authorized, "the other node belongs to another cluster"};
    Received out;
    Reader reader{bytes.subspan(prefix_size - 1)};
    out.address = reader.take_address();
    if (!take_kind(reader, std::size_t{kind} - 1, out.message))
        return Error{Errc::unsupported, fmt::format("a message of kind {} is a newer weir's", kind)};
    if (!reader.is_finished())
        return Error{Errc::corrupt, fmt::format("a message of kind {} does not hold", kind)};
    return out;
}

}  // namespace weir::consensus
