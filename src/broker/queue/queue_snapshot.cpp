// The state of all queues as bytes and back (docs/formats/queue_log.md).
#include <algorithm>

#include "base/crc32c.hpp"
#include "broker/queue/field_codec.hpp"
#include "broker/queue/queue_machine.hpp"

namespace weir::queue {
namespace {

constexpr std::string_view magic = "WQS1";
constexpr std::size_t header_bytes = 8;  // the magic and the checksum of what follows
constexpr std::uint64_t version = 0;
constexpr std::size_t smallest_queue_bytes = 9;
constexpr std::size_t smallest_delayed_bytes = 8;

Error corrupt(std::string_view what) {
    return {Errc::corrupt, fmt::format("a queue log's snapshot has {}", what)};
}

template <class Map>
auto sorted_keys(const Map& map) {
    std::vector<typename Map::key_type> keys;
    keys.reserve(map.size());
    for (const auto& [key, value] : map) keys.push_back(key);
    std::ranges::sort(keys);
    return keys;
}

void write_lane(FieldWriter& out, const Lane& lane) {
    lane.index.write(out);
    lane.settle.write(out);
}

void read_lane(FieldReader& in, Lane& lane) {
    lane.index = MessageIndex::read(in);
    if (in.ok()) lane.settle = SettleState::read(in, lane.index.first_kept(), lane.end());
    // What is not settled must be in the index.
    for (auto number = lane.settle.floor(); in.ok() && number < lane.end(); ++number) {
        if (!lane.settle.is_settled(number) && !lane.index.has(number)) in.fail();
    }
}

void write_fed(FieldWriter& out, const Queue& queue) {
    out.number(queue.fed ? queue.fed->size() : 0);
    if (!queue.fed) return;
    for (const auto& [partition, next] : *queue.fed)
        out.number(static_cast<std::uint64_t>(partition.value))
            .number(static_cast<std::uint64_t>(next.value));
}

void read_fed(FieldReader& in, Queue& queue) {
    constexpr std::size_t smallest_bytes = 2;
    queue.fed = std::make_unique<std::map<PartitionId, Offset>>();
    for (auto left = in.count(smallest_bytes); left > 0 && in.ok(); --left) {
        const PartitionId partition{
            static_cast<std::int32_t>(in.number_up_to(RecordPosition::partition_limit - 1))};
        const auto next = in.number_up_to(static_cast<std::uint64_t>(RecordPosition::offset_limit - 1));
        (*queue.fed)[partition] = Offset{static_cast<std::int64_t>(next)};
    }
}

}  // namespace

Bytes QueueMachine::snapshot() const {
    FieldWriter out;
    out.number(version).number(configs_.size());
    std::unordered_map<const QueueConfig*, std::uint64_t> numbers;
    for (const auto& [bytes, config] : configs_) {
        numbers.emplace(config.get(), numbers.size());
        out.bytes(bytes);
    }
    out.number(queues_.size());
    for (const QueueId id : sorted_keys(queues_)) {
        const Queue& queue = queues_.at(id);
        write_queue(out, queue, numbers.at(queue.config.get()));
    }
    out.number(delayed_.size());
    for (const auto position : sorted_keys(delayed_)) {
        const Delayed& delayed = delayed_.at(position);
        out.number(static_cast<std::uint64_t>(position)).signed_number(delayed.deliver_at_ms);
        const auto more = delayed.rest();
        out.signed_number(more.ttl_ms).number(more.group).number(delayed.bytes);
        out.number(delayed.priority).number(delayed.target.value).number(more.targets.size());
        for (const auto target : more.targets) out.number(target.value);
    }
    const Bytes body = out.take();
    Bytes whole(magic.begin(), magic.end());
    whole.resize(header_bytes);
    store_little(whole.data() + magic.size(), crc32c(body));
    whole.insert(whole.end(), body.begin(), body.end());
    return whole;
}

void QueueMachine::write_queue(FieldWriter& out, const Queue& queue, std::uint64_t config) {
    out.number(queue.id.value).text(queue.name).number(config);
    std::uint64_t lanes = 0;
    queue.for_each_lane([&](std::uint8_t, const Lane&) { ++lanes; });
    out.number(lanes);
    queue.for_each_lane([&](std::uint8_t priority, const Lane& lane) {
        out.number(priority);
        write_lane(out, lane);
    });
    out.number(queue.dedup ? 1 : 0);
    if (queue.dedup) queue.dedup->write(out);
    if (queue.is_subscription()) write_fed(out, queue);
}

Result<void> QueueMachine::load(ByteView snapshot) {
    if (snapshot.size() < header_bytes || as_text(snapshot.first(magic.size())) != magic) {
        return corrupt("no beginning");
    }
    const ByteView body = snapshot.subspan(header_bytes);
    if (crc32c(body) != load_little<std::uint32_t>(snapshot.data() + magic.size())) {
        return corrupt("a checksum that does not hold");
    }
    FieldReader in(body);
    if (in.number() != version)
        return Error{Errc::unsupported, "a queue log's snapshot is of a later version"};
    std::vector<std::shared_ptr<const QueueConfig>> configs(in.count());
    for (auto& config : configs) {
        FieldReader fields(in.bytes());
        const auto read = read_config(fields);
        if (!fields.at_end()) return corrupt("a broken configuration");
        config = intern(read);
    }
    for (auto left = in.count(smallest_queue_bytes); left > 0 && in.ok(); --left) read_queue(in, configs);
    for (auto left = in.count(smallest_delayed_bytes); left > 0 && in.ok(); --left) read_delayed(in);
    if (!in.at_end()) return corrupt("a broken queue or delayed message");
    return {};
}

void QueueMachine::read_queue(FieldReader& in, std::span<const std::shared_ptr<const QueueConfig>> configs) {
    const QueueId id{in.number_up_to(queue_id_limit - 1)};
    auto name = in.text();
    const auto config = in.number();
    if (config >= configs.size() || name.size() > max_queue_name_bytes) return in.fail();
    const auto [at, is_new] = queues_.try_emplace(id, id, std::move(name), configs[config]);
    if (!is_new) return in.fail();
    Queue& queue = at->second;
    for (auto left = in.number_up_to(UINT8_MAX + 1); left > 0 && in.ok(); --left) {
        read_lane(in, queue.make_lane(static_cast<std::uint8_t>(in.number_up_to(UINT8_MAX))));
    }
    if (in.flag()) queue.dedup = std::make_unique<DedupWindow>(DedupWindow::read(in));
    if (in.ok() && queue.is_subscription()) read_fed(in, queue);
    if (in.ok()) count_queue(queue);
}

// What can be told from the index.
void QueueMachine::count_queue(Queue& queue) {
    const bool retains = queue.config->retains();
    queue.for_each_lane([&](std::uint8_t, const Lane& lane) {
        for (auto number = lane.index.first_kept(); number < lane.end(); ++number) {
            if (!lane.index.has(number)) continue;
            const bool is_open = lane.is_open(number);
            if (!is_open && !retains) continue;
            const auto entry = lane.index.at(number);
            count_use(queue, entry);
            (is_open ? queue.open_bytes : queue.kept_bytes) += entry.bytes;
            if (is_open) ++queue.open_count;
        }
    });
}

void QueueMachine::read_delayed(FieldReader& in) {
    const auto position = static_cast<std::int64_t>(in.number_up_to(INT64_MAX));
    Delayed delayed{.deliver_at_ms = in.signed_number()};
    Delayed::More more{.ttl_ms = in.signed_number()};
    more.group = in.number();
    delayed.bytes = static_cast<std::uint32_t>(in.number_up_to(max_content_bytes));
    delayed.priority = static_cast<std::uint8_t>(in.number_up_to(UINT8_MAX));
    delayed.target = QueueId{in.number()};
    more.targets.resize(in.count());
    for (auto& target : more.targets) target = QueueId{in.number()};
    if (!in.ok()) return;
    delayed.set(std::move(more));
    use_.add({.position = Offset{position}, .bytes = delayed.bytes});
    if (!delayed_.try_emplace(position, std::move(delayed)).second) in.fail();
}

}  // namespace weir::queue
