// What clients do with answers, late answers and none.
#include "simulation/cluster/clients.hpp"

#include <fmt/format.h>

#include "log/batch_format.hpp"

namespace weir::simulation {

namespace {

constexpr std::int64_t producers = 4;
constexpr std::int64_t patience_us = 400'000;

}  // namespace

void Clients::start() {
    write_again();
    read_again();
}

void Clients::write_again() {
    const auto pause_us =
        world_.dice.one_in(30) ? world_.dice.between(10'000, 100'000) : world_.dice.between(300, 8'000);
    world_.loop.after(pause_us, [this] {
        if (!is_finishing_) write();
        write_again();
    });
}

void Clients::read_again() {
    world_.loop.after(world_.dice.between(2'000, 20'000), [this] {
        if (const auto key = any_partition()) read(*key);
        read_again();
    });
}

// Of the catalogue of any node, which may be an old one.
std::optional<log::LogKey> Clients::any_partition() {
    auto& node = *world_.dice.pick(world_.nodes);
    if (!node.is_up()) return std::nullopt;
    std::vector<log::LogKey> keys;
    node.catalogue()->for_each_topic([&](const metadata::TopicPtr& topic) {
        for (std::int32_t i = 0; i < topic->partition_count(); ++i)
            keys.push_back({topic->id, PartitionId{i}});
    });
    if (keys.empty()) return std::nullopt;
    std::ranges::sort(keys);
    return world_.dice.pick(keys);
}

SimulatedBroker* Clients::leader_of(const log::LogKey& key) {
    auto& node = *world_.dice.pick(world_.nodes);
    if (world_.dice.one_in(10) || !node.is_up()) return &node;
    const auto catalogue = node.catalogue();
    const auto* topic = catalogue->find(key.topic_id);
    const auto* partition = topic == nullptr ? nullptr : topic->partition(key.partition);
    return partition == nullptr ? nullptr : world_.node(partition->leader);
}

bool Clients::is_gone(const log::LogKey& key) const {
    return !world_.newest() || world_.newest()->find(key.topic_id) == nullptr;
}

void Clients::write() {
    const auto key = any_partition();
    if (!key) return;
    const Stream stream{ProducerId{world_.dice.between(1, producers)}, *key};
    if (busy_.contains(stream) || is_gone(*key)) return;
    ClientBatch batch{.topic = world_.newest()->find(key->topic_id)->name,
                      .partition = key->partition,
                      .producer = stream.first,
                      .sequence = sequences_[stream],
                      .records = static_cast<std::int32_t>(world_.dice.between(1, 3)),
                      .bytes = static_cast<std::size_t>(world_.dice.between(0, 100))};
    send(stream, batch);
}

// A request and its answer may be lost; a batch is sent again until it is known to be there, or never to be.
void Clients::send(const Stream& stream, const ClientBatch& batch) {
    const auto attempt = ++attempts_;
    busy_[stream] = attempt;
    const auto again = [this, stream, batch, attempt] {
        const auto busy = busy_.find(stream);
        if (busy == busy_.end() || busy->second != attempt) return;
        if (!is_gone(stream.second)) return send(stream, batch);
        busy_.erase(busy);
    };
    world_.loop.after(patience_us, again);
    auto* node = leader_of(stream.second);
    auto& dice = world_.dice;
    if (node == nullptr || (!world_.is_calm && dice.one_in(50)))
        return world_.loop.after(dice.between(1'000, 50'000), again);
    world_.loop.after(dice.between(50, 2'000), [this, stream, batch, attempt, node, again] {
        const auto place = node->is_up() ? node->partition(stream.second) : nullptr;
        const auto epoch = place ? place->leader_epoch() : no_epoch;
        node->produce(batch, [this, stream, batch, attempt, node, epoch, again](const Result<void>& answer) {
            if (!world_.is_calm && world_.dice.one_in(30)) return;
            world_.loop.after(world_.dice.between(50, 2'000), [=, this] {
                const auto busy = busy_.find(stream);
                if (busy == busy_.end() || busy->second != attempt) return;
                answered(stream, batch, node->id(), epoch, answer);
                if (!answer) world_.loop.after(world_.dice.between(2'000, 40'000), again);
            });
        });
    });
}

void Clients::answered(const Stream& stream, const ClientBatch& batch, NodeId by, LeaderEpoch epoch,
                       const Result<void>& answer) {
    world_.note("producer {}, {} of {} partition {} at node {} in epoch {}: {}", stream.first.value,
                batch.sequence, batch.topic, batch.partition.value, by.value, epoch.value,
                answer ? "acknowledged" : answer.error().message);
    if (answer) {
        busy_.erase(stream);
        refusals_.erase(stream);
        sequences_[stream] = batch.sequence + batch.records;
        written_.insert(stream.second);
        return;
    }
    refusals_[stream] = fmt::format("node {}: {}", by.value, answer.error().message);
    const auto code = answer.error().code;
    if (code != Errc::out_of_order_sequence && code != Errc::stale_producer_epoch &&
        code != Errc::unknown_producer)
        return;
    // A leader that is none any more may lack what came before.
    const auto* topic = world_.newest()->find(stream.second.topic_id);
    const auto* now = topic == nullptr ? nullptr : topic->partition(stream.second.partition);
    if (now == nullptr || now->leader != by || now->leader_epoch != epoch) return;
    world_.fail(fmt::format("the leader, node {}, does not know what producer {} sent last: {}", by.value,
                            stream.first.value, answer.error().message));
}

void Clients::read(const log::LogKey& key) {
    auto* node = leader_of(key);
    if (node == nullptr) return;
    auto& reader = readers_[key];
    const auto view = node->read(key, reader.position, reader.epoch);
    if (!view) {
        if (view.error().code == Errc::offset_out_of_range)
            world_.fail(fmt::format("node {} says that offset {}, which was committed, is out of range {}",
                                    node->id().value, reader.position.value, view.error().message));
        return;
    }
    reader.epoch = view->epoch;
    auto& checker = world_.checker(key);
    if (view->end) checker.shown(view->epoch, *view->end);
    if (view->batches.empty()) return;
    const log::BatchView first{view->batches.data()};
    if (first.base_offset() > reader.position)
        world_.fail(fmt::format("a reader at {} is given what begins at {}", reader.position.value,
                                first.base_offset().value));
    checker.committed(view->batches, fmt::format("the leader, node {}", node->id().value));
    for (ByteView left{view->batches}; left.size() >= log::batch_header_size;) {
        const log::BatchView batch{left.data()};
        reader.position = batch.next_offset();
        left = left.subspan(batch.size());
    }
}

bool Clients::has_read(const log::LogKey& key, Offset end) const {
    const auto reader = readers_.find(key);
    return end == Offset{0} || (reader != readers_.end() && reader->second.position >= end);
}

std::string Clients::state() const {
    std::string out;
    for (const auto& [stream, attempt] : busy_)
        out += fmt::format("\n  producer {} waits for partition {} of {}, try {}: {}", stream.first.value,
                           stream.second.partition.value, stream.second.topic_id.text(), attempt,
                           refusals_.contains(stream) ? refusals_.at(stream) : "no answer");
    return out;
}

}  // namespace weir::simulation
