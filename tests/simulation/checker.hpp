// What must hold of a replicated partition, whatever happens: noted as clients see it, checked at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/partition_log.hpp"

namespace weir::simulation {

class Checker {
  public:
    Checker() = default;
    // Tells `failures` of what it finds. No two committed batches may hold the same records.
    explicit Checker(std::vector<std::string>& failures) : all_differ_(true), failures_(failures) {}

    // A leader has acknowledged the batch, as it lies in its log.
    void acknowledged(ByteView batch);
    // Someone was given these batches as committed ones.
    void committed(ByteView batches, const std::string& by);
    // A leader of this epoch has shown clients this high watermark.
    void shown(LeaderEpoch epoch, Offset high_watermark);
    // The node has appended a batch as leader.
    void led(LeaderEpoch epoch, int node);
    // The log is that of a leader in office: it must hold all that was acknowledged.
    void leads(log::PartitionLog& log, int node);
    // The same of one batch.
    void holds(log::PartitionLog& log, ByteView batch, int node);
    // A replica that believes this high watermark: all from `from` up to it must be as everywhere.
    void replica(log::PartitionLog& log, Offset from, Offset high_watermark, int node);
    void fail(std::string what) { failures_.push_back(std::move(what)); }

    Offset acknowledged_end() const;
    std::size_t acknowledged_count() const { return acknowledged_.size(); }
    const std::vector<std::string>& failures() const { return failures_; }

  private:
    void once(Offset base, ByteView records);

    std::map<std::int64_t, Bytes> committed_;     // by base offset
    std::map<std::int64_t, Bytes> acknowledged_;  // likewise
    std::map<LeaderEpoch, int> leaders_;
    LeaderEpoch shown_epoch_ = no_epoch;
    Offset shown_;
    std::unordered_map<std::size_t, std::int64_t> contents_;  // where each was first seen to be committed
    bool all_differ_ = false;
    std::vector<std::string> own_failures_;
    std::vector<std::string>& failures_ = own_failures_;
};

// All whole batches of the log from `from` to `to`, as far as it has them; nothing if it can't be read now.
std::optional<Bytes> content(log::PartitionLog& log, Offset from, Offset to);

}  // namespace weir::simulation
