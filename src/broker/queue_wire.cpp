// The fields of each request, reply and event, in order; one list serves both ways.
#include "broker/queue_wire.hpp"

#include "broker/queue/field_codec.hpp"
#include "broker/queue/message_maker.hpp"
#include "rpc/error_number.hpp"

namespace weir::broker {

namespace {

using namespace queue;
using queue::FieldReader;
using queue::FieldWriter;

constexpr std::size_t max_text_bytes = 64 << 10;
constexpr std::size_t max_arrivals = 100'000;
constexpr std::size_t max_transacted = 1'000'000;  // publishes, or settlements, of one transaction
constexpr std::size_t max_feeds = RecordPosition::partition_limit;

struct Writing {
    FieldWriter& out;

    void number(std::uint64_t value) { out.number(value); }
    void signed_number(std::int64_t value) { out.signed_number(value); }
    void flag(bool value) { out.number(value ? 1 : 0); }
    // -1 or more.
    void optional(std::int64_t value) { out.number(static_cast<std::uint64_t>(value + 1)); }
    void text(const std::string& value) { out.text(value); }
    void view(std::string_view value) { out.text(value); }
    void view(ByteView value) { out.bytes(value); }
    void blob(const Bytes& value) { out.bytes(value); }
    template <class Tag, class T>
    void id(Id<Tag, T> value) {
        out.number(static_cast<std::uint64_t>(value.value));
    }
    void id(Sequence value) { out.number(value.value); }
    void id(Offset value) { out.number(static_cast<std::uint64_t>(value.value)); }
    template <class Enum>
    void choice(Enum value, Enum) {
        out.number(static_cast<std::uint64_t>(value));
    }
    template <class Items, class Field>
    void list(const Items& items, std::size_t, Field field) {
        out.number(items.size());
        for (const auto& item : items) field(const_cast<typename Items::value_type&>(item));
    }
    void config(const QueueConfig& value) { queue::write(out, value); }
    void history(const History& value) { queue::write(out, value); }
    // Of the log, as its key is there.
    template <class Record>
    void record(const Record& value) {
        out.bytes(queue::encode(value));
    }
};

struct Reading {
    FieldReader& in;
    const std::shared_ptr<const void>& owner;

    template <class T>
    void number(T& value) {
        value = static_cast<T>(in.number());
        if (!in.ok()) value = {};
    }
    void signed_number(std::int64_t& value) { value = in.signed_number(); }
    void number(std::uint8_t& value) { value = static_cast<std::uint8_t>(in.number_up_to(UINT8_MAX)); }
    void number(std::uint32_t& value) { value = static_cast<std::uint32_t>(in.number_up_to(UINT32_MAX)); }
    void flag(bool& value) { value = in.flag(); }
    void optional(std::int64_t& value) { value = static_cast<std::int64_t>(in.number_up_to(INT64_MAX)) - 1; }
    void text(std::string& value) {
        value = in.text();
        if (value.size() > max_text_bytes) in.fail();
    }
    void view(std::string_view& value) { value = as_text(in.bytes()); }
    void view(ByteView& value) { value = in.bytes(); }
    void blob(Bytes& value) {
        const auto bytes = in.bytes();
        value.assign(bytes.begin(), bytes.end());
    }
    template <class Tag, class T>
    void id(Id<Tag, T>& value) {
        value = Id<Tag, T>{static_cast<T>(in.number_up_to(static_cast<std::uint64_t>(
            std::min<std::uintmax_t>(std::numeric_limits<T>::max(), UINT64_MAX - 1))))};
    }
    void id(Sequence& value) { value = Sequence{in.number()}; }
    void id(Offset& value) { value = Offset{static_cast<std::int64_t>(in.number_up_to(INT64_MAX))}; }
    template <class Enum>
    void choice(Enum& value, Enum last) {
        value = static_cast<Enum>(in.number_up_to(static_cast<std::uint64_t>(last)));
    }
    template <class Items, class Field>
    void list(Items& items, std::size_t most, Field field) {
        const auto count = in.count();
        if (count > most) return in.fail();
        for (std::size_t i = 0; i < count && in.ok(); ++i) field(items.emplace_back());
    }
    void config(QueueConfig& value) { value = read_config(in); }
    void history(History& value) { value = read_history(in); }
    template <class Record>
    void record(Record& value) {
        auto read = queue::decode(in.bytes());
        auto* wanted = read ? std::get_if<Record>(&*read) : nullptr;
        if (wanted == nullptr) return in.fail();
        value = std::move(*wanted);
    }
};

// ---- what several have

template <class F>
void fields(F& f, Source& m) {
    f.id(m.queue), f.id(m.sequence);
}
template <class F>
void fields(F& f, Consumer& m) {
    f.id(m.id), f.id(m.holder), f.number(m.window), f.number(m.credit);
    auto priority = static_cast<std::uint32_t>(m.priority);
    f.number(priority);
    m.priority = static_cast<std::int32_t>(priority);
    f.flag(m.settles_at_send), f.flag(m.exclusive);
}
template <class F>
void fields(F& f, Delivery& m) {
    f.id(m.consumer), f.id(m.holder), fields(f, m.message), f.id(m.position), f.id(m.content);
    f.number(m.bytes), f.number(m.delivery_count), f.flag(m.redelivered), f.flag(m.is_settled);
}
// What may be missing, with a flag before it.
template <class F, class T, class Field>
void perhaps(F& f, std::optional<T>& value, Field field) {
    bool is_there = value.has_value();
    f.flag(is_there);
    if (!is_there) return;
    if (!value) value.emplace();
    field(*value);
}
template <class F>
void fields(F& f, message::RecordView& m) {
    f.id(m.offset), f.signed_number(m.timestamp_ms);
    perhaps(f, m.key, [&](ByteView& key) { f.view(key); });
    perhaps(f, m.value, [&](ByteView& value) { f.view(value); });
    auto count = static_cast<std::uint32_t>(m.header_count);
    f.number(count), f.view(m.header_bytes);
    m.header_count = static_cast<std::int32_t>(count);
}

enum class Stored : std::uint8_t { published, referred, record };

void read_record(Reading& f, StoredMessage& m) {
    struct Kept {
        std::shared_ptr<const void> owner;
        message::RecordView record;
    };
    auto kept = std::make_shared<Kept>(Kept{f.owner, {}});
    fields(f, kept->record);
    if (kept->record.header_count < 0 || !has_whole_headers(kept->record)) f.in.fail();
    m.record = &kept->record;
    m.owner = std::move(kept);
}
void read_referral(Reading& f, StoredMessage& m) {
    auto referral = std::make_shared<ReferRecord>();
    f.record(*referral);
    m.referral = std::move(referral);
}

Stored kind_of(const StoredMessage& m) {
    if (m.record != nullptr) return Stored::record;
    return m.referral ? Stored::referred : Stored::published;
}
template <class F>
void fields(F& f, StoredMessage& m) {
    auto kind = kind_of(m);
    f.choice(kind, Stored::record);
    if (kind == Stored::record) {
        f.id(m.partition), f.view(m.topic), f.flag(m.is_one_of_many);
        if constexpr (std::is_same_v<F, Reading>) return read_record(f, m);
        return fields(f, const_cast<message::RecordView&>(*m.record));
    }
    f.view(m.exchange), f.view(m.key), f.view(m.properties), f.view(m.body);
    if constexpr (std::is_same_v<F, Reading>) {
        m.owner = f.owner;
        if (kind == Stored::referred) read_referral(f, m);
    } else if (kind == Stored::referred) {
        f.record(*m.referral);
    }
}
template <class F>
void fields(F& f, PublishRequest& m) {
    f.list(m.targets, max_targets, [&](QueueId& id) { f.id(id); });
    f.number(m.content_bytes), f.optional(m.ttl_ms), f.optional(m.deliver_at_ms), f.number(m.priority);
    f.text(m.message_id), f.text(m.group_key);
}
template <class F>
void fields(F& f, QueueStatus& m) {
    f.number(m.ready), f.number(m.ready_bytes), f.number(m.held), f.number(m.held_bytes);
    f.number(m.deferred), f.number(m.consumers);
    f.number(m.counters.published), f.number(m.counters.delivered);
    f.number(m.counters.redelivered), f.number(m.counters.acknowledged);
}
template <class F>
void fields(F& f, Answer& m) {
    f.choice(m, Answer::invalid);
}

// ---- requests

template <class F>
void fields(F& f, DeclareRequest& m) {
    f.id(m.queue), f.text(m.name), f.config(m.config);
    f.list(m.first, max_feeds, [&](FeedRecord& one) { f.record(one); });
}
template <class F>
void fields(F& f, StatusRequest& m) {
    f.id(m.queue);
}
template <class F>
void fields(F& f, PurgeRequest& m) {
    f.id(m.queue);
}
template <class F>
void fields(F& f, RemoveRequest& m) {
    f.id(m.queue), f.flag(m.if_unused), f.flag(m.if_empty);
}
template <class F>
void fields(F& f, MessagePtr& m) {
    auto message = m ? *m : Message{};
    f.view(message.exchange), f.view(message.key), f.view(message.properties), f.view(message.body);
    if constexpr (std::is_same_v<F, Reading>) m = copied(message);
}
template <class F>
void fields(F& f, EnqueueRequest& m) {
    fields(f, m.publish), fields(f, m.message);
}
template <class F>
void fields(F& f, AttachRequest& m) {
    f.id(m.holder), f.number(m.window);
}
template <class F>
void fields(F& f, SubscribeRequest& m) {
    f.id(m.consume.queue), fields(f, m.consume.consumer);
}
template <class F>
void fields(F& f, CancelRequest& m) {
    f.id(m.consumer), f.id(m.holder);
}
template <class F>
void fields(F& f, GrantRequest& m) {
    f.id(m.queue), f.id(m.consumer), f.number(m.more);
}
template <class F>
void fields(F& f, TakeRequest& m) {
    f.id(m.queue), f.id(m.holder), f.flag(m.settles);
}
template <class F>
void fields(F& f, SettleRequest& m) {
    f.id(m.holder), f.choice(m.verdict, Verdict::reject);
    f.list(m.messages, max_arrivals, [&](Source& one) { fields(f, one); });
    f.optional(m.delay_ms), f.flag(m.is_attempt);
}
template <class F>
void fields(F& f, DispositionRequest& m) {
    fields(f, m.settle);
}
template <class F>
void fields(F& f, CloseRequest& m) {
    f.id(m.holder);
}
template <class F>
void fields(F& f, TransactRequest& m) {
    f.list(m.publishes, max_transacted, [&](EnqueueRequest& one) { fields(f, one); });
    f.list(m.settlements, max_transacted, [&](SettleRequest& one) { fields(f, one); });
}
template <class F>
void fields(F& f, EnqueueAllRequest& m) {
    f.list(m.publishes, max_transacted, [&](EnqueueRequest& one) { fields(f, one); });
}
template <class F>
void fields(F& f, ReferRequest& m) {
    fields(f, m.source);
    f.list(m.targets, max_targets, [&](QueueId& id) { f.id(id); });
    f.optional(m.ttl_ms), f.number(m.priority), f.text(m.group_key), f.history(m.history), f.text(m.exchange);
    perhaps(f, m.key, [&](std::string& key) { f.text(key); });
}
template <class F>
void fields(F& f, AdoptRequest& m) {
    fields(f, m.refer), f.choice(m.reason, Reason{reason_count - 1}), fields(f, m.message);
}
template <class F>
void fields(F& f, ReadRequest& m) {
    f.id(m.queue), f.number(m.lane), f.choice(m.from.kind, ReadStart::Kind::at_time);
    f.signed_number(m.from.value), f.number(m.most_bytes), f.signed_number(m.wait_ms);
}

// ---- replies

template <class F>
void fields(F& f, StatusReply& m) {
    fields(f, m.answer), fields(f, m.status);
}
template <class F>
void fields(F& f, CountReply& m) {
    fields(f, m.answer), f.number(m.count);
}
template <class F>
void fields(F& f, PublishReply& m) {
    fields(f, m.answer), f.flag(m.is_written);
    f.list(m.refused, max_targets, [&](QueueId& id) { f.id(id); });
    f.list(m.had_it, max_targets, [&](QueueId& id) { f.id(id); });
}
template <class F>
void fields(F& f, Got& m) {
    fields(f, m.reply.answer), f.number(m.reply.ready_left);
    perhaps(f, m.reply.delivery, [&](Delivery& one) { fields(f, one), fields(f, m.message); });
}
template <class F>
void fields(F& f, TransactReply& m) {
    f.list(m.publishes, max_transacted, [&](PublishReply& one) { fields(f, one); });
}
template <class F>
void fields(F& f, ReadReply& m) {
    fields(f, m.answer), f.number(m.first), f.number(m.end), f.number(m.from);
    f.list(m.messages, max_arrivals,
           [&](KeptMessage& one) { f.signed_number(one.time_ms), fields(f, one.message); });
}

// ---- one of several

template <class F, class Variant, std::size_t at = 0>
void read_alternative(F& f, std::uint64_t number, Variant& value) {
    if constexpr (at == std::variant_size_v<Variant>) {
        f.in.fail();
    } else if (number == at + 1) {
        fields(f, value.template emplace<at>());
    } else {
        read_alternative<F, Variant, at + 1>(f, number, value);
    }
}
template <class Variant>
void any(Writing& f, Variant& value) {
    f.number(value.index() + 1);
    std::visit([&](auto& one) { fields(f, one); }, value);
}
template <class Variant>
void any(Reading& f, Variant& value) {
    read_alternative(f, f.in.number(), value);
}

void error(Writing& f, Error& m) {
    f.number(rpc::error_number(m.code));
    f.view(std::string_view{m.message}.substr(0, rpc::max_error_text_bytes));
}
void error(Reading& f, Error& m) {
    m.code = rpc::error_code(static_cast<std::uint16_t>(f.in.number_up_to(UINT16_MAX)));
    f.text(m.message);
}

// ---- messages

template <class F>
void fields(F& f, SentRequest& m) {
    f.number(m.number), f.id(m.partition), f.id(m.epoch), f.number(m.attempt);
    any(f, m.request);
}

template <class F>
void fields(F& f, AnswerEvent& m) {
    f.number(m.number);
    bool is_good = m.reply.has_value();
    f.flag(is_good);
    if (is_good) {
        if (!m.reply) m.reply = ShardReply{};
        return any(f, *m.reply);
    }
    Error why = m.reply ? Error{Errc::internal} : m.reply.error();
    error(f, why);
    m.reply = std::move(why);
}
template <class F>
void fields(F& f, ArrivalsEvent& m) {
    f.id(m.partition), f.number(m.attempt), f.id(m.holder);
    f.list(m.arrivals, max_arrivals, [&](Arrival& one) { fields(f, one.delivery), fields(f, one.message); });
}
template <class F>
void fields(F& f, NoticeEvent& m) {
    f.id(m.partition), f.number(m.attempt), f.choice(m.notice.kind, Notice::Kind::activated);
    f.id(m.notice.consumer), f.id(m.notice.holder), f.id(m.notice.queue);
}
template <class F>
void fields(F& f, LostEvent& m) {
    f.id(m.partition), f.number(m.attempt), error(f, m.why);
}

void append(Bytes& out, FieldWriter& fields) {
    const auto bytes = fields.take();
    out.insert(out.end(), bytes.begin(), bytes.end());
}

Error corrupt() {
    return {Errc::corrupt, "what another node says of queues can't be read"};
}

Result<void> check_version(FieldReader& in) {
    const auto version = in.number();
    if (!in.ok()) return corrupt();
    if (version == queue_wire_version) return {};
    return Error{Errc::unsupported, fmt::format("another node speaks of queues in version {}", version)};
}

}  // namespace

QueueRequestsWriter::QueueRequestsWriter(std::uint64_t session, std::uint64_t sequence) {
    FieldWriter out;
    out.number(queue_wire_version).number(session).number(sequence);
    append(out_, out);
}

void QueueRequestsWriter::add(const SentRequest& request) {
    FieldWriter out;
    Writing writing{out};
    fields(writing, const_cast<SentRequest&>(request));  // which it does not change
    append(out_, out);
}

Result<QueueRequests> decode_queue_requests(ByteView body) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    QueueRequests message;
    message.session = in.number();
    message.sequence = in.number();
    const std::shared_ptr<const void> owner;
    Reading reading{in, owner};
    while (in.ok() && in.remaining() > 0 && message.requests.size() < max_queue_requests)
        fields(reading, message.requests.emplace_back());
    if (!in.at_end() || message.session == 0) return corrupt();
    return message;
}

QueueEventsWriter::QueueEventsWriter() {
    FieldWriter out;
    out.number(queue_wire_version);
    append(out_, out);
}

void QueueEventsWriter::add(const QueueEvent& event) {
    FieldWriter out;
    Writing writing{out};
    any(writing, const_cast<QueueEvent&>(event));  // which it does not change
    append(out_, out);
}

Result<std::vector<QueueEvent>> decode_queue_events(ByteView body, std::shared_ptr<const void> owner) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    std::vector<QueueEvent> events;
    Reading reading{in, owner};
    while (in.ok() && in.remaining() > 0) any(reading, events.emplace_back());
    if (!in.at_end()) return corrupt();
    return events;
}

Bytes encode_queue_events_request(std::uint64_t session) {
    FieldWriter out;
    out.number(queue_wire_version).number(session);
    return out.take();
}

Result<std::uint64_t> decode_queue_events_request(ByteView body) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    const auto session = in.number();
    if (!in.at_end()) return corrupt();
    return session;
}

Bytes encode_reply(const std::string& address, MessagePtr message) {
    FieldWriter out;
    out.number(queue_wire_version).text(address);
    Writing writing{out};
    fields(writing, message);
    return out.take();
}

Result<SentReply> decode_reply(ByteView body) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    const std::shared_ptr<const void> nobody;
    Reading reading{in, nobody};
    SentReply reply;
    reading.text(reply.address);
    fields(reading, reply.message);
    if (!in.at_end()) return corrupt();
    return reply;
}

}  // namespace weir::broker
