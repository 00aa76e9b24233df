// Offsets of starts, and batches of pieces.
#include "broker/topic_access.hpp"

#include "broker/message/time_search.hpp"

namespace weir::broker {

namespace {

constexpr Offset last_base_offset{INT64_MAX / 2};

struct Finder {
    log::PartitionLog& log;

    Result<Offset> operator()(FirstRecord) const { return log.log_start(); }
    Result<Offset> operator()(NextRecord) const { return log.readable_end(); }
    Result<Offset> operator()(LastBatch) const {
        const auto end = log.readable_end();
        if (end <= log.log_start()) return end;
        const auto batch = message::StoredBatch::load(log, end - 1, end);
        if (!batch) return batch.error();
        return std::max((*batch)->base(), log.log_start());
    }
    Result<Offset> operator()(Offset offset) const {
        return std::clamp(offset, log.log_start(), std::max(log.log_start(), log.readable_end()));
    }
    Result<Offset> operator()(AtTime time) const {
        const auto found = message::find_time(log, time.timestamp_ms);
        if (!found) return found.error();
        return *found ? (*found)->offset : log.readable_end();
    }
};

}  // namespace

Result<Offset> offset_of(log::PartitionLog& log, const Start& start) {
    return std::visit(Finder{log}, start);
}

Result<StoredBatchList> batches_of(const TopicPiece& piece) {
    StoredBatchList batches;
    for (auto rest = piece.batches; !rest.empty();) {
        const bool has_header = rest.size() >= log::batch_header_size;
        const log::BatchView view{rest.data()};
        if (!has_header || view.length() <= 0 || view.size() > rest.size())
            return Error{Errc::corrupt, "a batch of another node's is cut off"};
        const auto bytes = rest.first(view.size());
        if (auto valid = log::validate(bytes); !valid) return valid.error();
        if (view.base_offset() < Offset{} || view.base_offset() > last_base_offset)
            return Error{Errc::corrupt, "a batch of another node's has no such offset"};
        auto batch = message::StoredBatch::of({bytes.begin(), bytes.end()});
        if (!batch) return batch.error();
        batches.push_back(std::move(*batch));
        rest = rest.subspan(bytes.size());
    }
    return batches;
}

bool may_pass(Errc code) {
    switch (code) {
        case Errc::not_leader:
        case Errc::unavailable:
        case Errc::busy:
        case Errc::outcome_unknown:
        case Errc::timed_out:
        case Errc::too_many_open_files: return true;
        default: return false;
    }
}

}  // namespace weir::broker
