// What the checks look at, batch by batch.
#include "simulation/checker.hpp"

#include "log/batch_format.hpp"

namespace weir::simulation {

namespace {

template <class Take>
void for_each_batch(ByteView bytes, Take&& take) {
    while (bytes.size() >= log::batch_header_size) {
        const log::BatchView batch{bytes.data()};
        if (batch.size() > bytes.size()) return;
        take(batch, bytes.first(batch.size()));
        bytes = bytes.subspan(batch.size());
    }
}

// For who looks for the reason.
std::string text_of(ByteView bytes) {
    const log::BatchView batch{bytes.data()};
    return fmt::format("[{}, {}) of epoch {}, {} bytes, {} of producer {}", batch.base_offset().value,
                       batch.next_offset().value, batch.leader_epoch().value, bytes.size(),
                       batch.base_sequence(), batch.producer_id().value);
}

}  // namespace

std::optional<Bytes> content(log::PartitionLog& log, Offset from, Offset to) {
    Bytes all;
    while (from < to) {
        const auto ranges = log.read(from, to, 1 << 20);
        if (!ranges) return std::nullopt;
        if (ranges->empty()) break;
        Bytes part;
        for (const auto& range : *ranges) {
            const auto at = part.size();
            part.resize(at + range.size);
            if (!range.file->read(range.position, ByteSpan{part}.subspan(at))) return std::nullopt;
        }
        const auto before = from;
        for_each_batch(part, [&](const log::BatchView& batch, ByteView) { from = batch.next_offset(); });
        if (from <= before) break;  // no batch: whoever compares will see
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

void Checker::acknowledged(ByteView batch) {
    acknowledged_.emplace(log::BatchView{batch.data()}.base_offset().value,
                          Bytes{batch.begin(), batch.end()});
    committed(batch, "an acknowledging leader");
}

void Checker::committed(ByteView batches, const std::string& by) {
    for_each_batch(batches, [&](const log::BatchView& batch, ByteView bytes) {
        const auto base = batch.base_offset();
        const auto [known, first] = committed_.emplace(base.value, Bytes{bytes.begin(), bytes.end()});
        if (first) return once(base, bytes.subspan(log::batch_header_size));
        if (std::ranges::equal(known->second, bytes)) return;
        fail(fmt::format("offset {} is not what it was before, says {}: it holds {}, before {}", base.value,
                         by, text_of(bytes), text_of(known->second)));
    });
}

void Checker::once(Offset base, ByteView records) {
    if (!all_differ_) return;
    const auto [known, first] =
        contents_.emplace(std::hash<std::string_view>{}(as_text(records)), base.value);
    if (!first) fail(fmt::format("the records at offset {} are at {} as well", base.value, known->second));
}

void Checker::shown(LeaderEpoch epoch, Offset high_watermark) {
    if (epoch < shown_epoch_) return;  // a client that knows better
    if (high_watermark < shown_) {
        fail(fmt::format("the high watermark falls from {} to {} in epoch {}", shown_.value,
                         high_watermark.value, epoch.value));
    }
    shown_epoch_ = epoch;
    shown_ = high_watermark;
}

void Checker::led(LeaderEpoch epoch, int node) {
    const auto [known, first] = leaders_.emplace(epoch, node);
    if (!first && known->second != node) {
        fail(fmt::format("nodes {} and {} both lead in epoch {}", known->second, node, epoch.value));
    }
}

void Checker::leads(log::PartitionLog& log, int node) {
    if (acknowledged_.empty()) return;
    const auto all = content(log, log.log_start(), log.durable_end());
    if (!all) return;
    std::map<std::int64_t, ByteView> there;
    for_each_batch(
        *all, [&](const log::BatchView& batch, ByteView bytes) { there[batch.base_offset().value] = bytes; });
    for (const auto& [base, bytes] : acknowledged_) {
        const auto found = there.find(base);
        if (found != there.end() && std::ranges::equal(found->second, bytes)) continue;
        return fail(fmt::format("offset {} was acknowledged, but the leader, node {}, {}", base, node,
                                found == there.end() ? "does not have it" : "has something else there"));
    }
}

void Checker::holds(log::PartitionLog& log, ByteView batch, int node) {
    const log::BatchView view{batch.data()};
    const bool is_behind = view.next_offset() > log.durable_end();
    const auto there = is_behind ? Bytes{} : content(log, view.base_offset(), view.next_offset());
    if (!there || std::ranges::equal(*there, batch)) return;
    fail(fmt::format("offset {} is acknowledged, but the leader by now, node {}, does not have it",
                     view.base_offset().value, node));
}

void Checker::replica(log::PartitionLog& log, Offset from, Offset high_watermark, int node) {
    if (high_watermark > log.durable_end()) {
        return fail(fmt::format("node {} has a high watermark of {}, but ends at {}", node,
                                high_watermark.value, log.durable_end().value));
    }
    if (const auto all = content(log, from, high_watermark)) committed(*all, fmt::format("node {}", node));
}

Offset Checker::acknowledged_end() const {
    if (acknowledged_.empty()) return Offset{0};
    return log::BatchView{acknowledged_.rbegin()->second.data()}.next_offset();
}

}  // namespace weir::simulation
