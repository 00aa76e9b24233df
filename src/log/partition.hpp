// The log of one partition as the store keeps it: PartitionLog for everybody, and the committing thread's
// side.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "log/log_state.hpp"
#include "log/store_context.hpp"

namespace weir::log {

class JournalWriter;

class Partition final : public PartitionLog, public std::enable_shared_from_this<Partition> {
  public:
    Partition(StoreContext& context, LogState state);

    Result<Appended> append(SharedSpan batch, LeaderEpoch epoch, std::int64_t now_ms) override;
    void fence(LeaderEpoch epoch) override;
    Result<Appended> append_as_follower(SharedSpan batches, std::int64_t now_ms) override;
    Result<Ticket> truncate_to(Offset offset) override;
    Result<Ticket> reset_to(Offset offset) override;
    LeaderEpoch last_epoch() const override;
    Result<std::vector<FileRange>> read(Offset from, Offset limit, std::size_t max_bytes) override;
    Result<std::optional<FileRange>> find_timestamp(std::int64_t timestamp_ms, Offset limit) override;
    Result<std::optional<FileRange>> find_max_timestamp() override;
    Result<Ticket> delete_before(Offset offset) override;
    std::optional<EpochEnd> end_of_epoch(LeaderEpoch epoch) const override;
    EpochEnd epoch_at(Offset offset) const override;
    Result<Verified> verify(Offset from, std::size_t max_bytes) override;
    std::optional<Damage> damage() const override;
    bool is_damaged() const override { return is_damaged_.load(std::memory_order_acquire); }
    LogKey key() const override { return key_; }
    Offset log_start() const override { return Offset{start_.load(std::memory_order_acquire)}; }
    Offset durable_end() const override { return Offset{durable_end_.load(std::memory_order_acquire)}; }
    Offset end() const override { return Offset{end_.load(std::memory_order_acquire)}; }
    std::uint64_t size_bytes() const override { return size_.load(std::memory_order_relaxed); }
    void set_config(const LogConfig& config) override;
    std::vector<ProducerSummary> producers() const override;

    // Pushes a move of the log start if retention asks for one; forgets old producers.
    void maintain(std::int64_t now_ms, std::int64_t producer_expiration_ms);
    // From now on all calls fail with not_found. The ticket after which the files may go; nothing if the log
    // was removed before.
    std::optional<Ticket> remove();
    void retry_removal();
    // Whether the log has ever held anything: else there is nothing of it on disk.
    bool has_history() const;
    // The removal is durable: no checkpoint may speak of the log again.
    void bury();
    const std::string& label() const { return label_; }
    // Writes down that the log is damaged, or no longer is, whichever is the case.
    void save_damage();
    std::string damage_path() const;

    // The committing thread's calls, in this order, for the entries of one round that belong to this log:
    // `first` is the first of them, the others follow by next_of_log. write() puts the batches into the
    // segments; log_entries() names what must go to the journal; then either publish() or roll_back().
    Result<void> write(std::span<PendingEntry> entries, std::uint32_t first, std::int64_t now_ms);
    // True if anything of it needs the journal. Errors: those of syncing what went past the journal before.
    Result<bool> log_entries(JournalWriter& journal, std::span<const PendingEntry> entries,
                             std::uint32_t first);
    void publish(std::span<PendingEntry> entries, std::uint32_t first, std::uint64_t journal_sequence);
    void roll_back(std::span<PendingEntry> entries, std::uint32_t first, const Error& error);
    Error last_error() const;

    // Its entries of the round being committed, while it is (the committing thread's own).
    struct Share {
        Ticket round = 0;
        std::uint32_t index = 0;
        std::uint32_t last = 0;
    };
    Share share;

    // The durable state, and the segments with bytes that are not synced (for the checkpoint, which syncs
    // them).
    LogState capture(std::vector<std::shared_ptr<Segment>>& dirty);
    // After recovery: brings the segments' files to where the state says they are. Their first use does it,
    // too, and so does a checkpoint. Errors: those of SegmentRepair::run.
    Result<void> repair();
    // The checkpoint has failed: these are still dirty.
    void give_back(const std::vector<std::shared_ptr<Segment>>& dirty);
    std::vector<std::shared_ptr<Segment>> segments() const;

  private:
    using Lock = std::unique_lock<std::mutex>;

    std::string stem(Offset base) const;
    Result<std::shared_ptr<Segment>> new_segment(Offset base, std::int64_t now_ms);
    bool must_roll(const LogConfig& config, std::uint64_t position, const BatchView& batch,
                   std::int64_t now_ms) const;
    Result<void> write_parts(std::uint64_t& bytes);
    Result<void> sync_unlogged();
    bool must_describe(bool has_batch) const;
    void apply_start(Offset offset);

    // A cut that is being committed (partition_cut.cpp).
    struct Cut {
        LogState state;                 // the log's after it
        Bytes encoded;                  // the same, for the journal
        std::optional<IndexPoint> end;  // of the last segment that stays; nothing: it stays whole
        EpochTable epochs;
        ProducerTable producers;
    };
    PendingEntry take_batch(SharedSpan batch, std::int64_t now_ms);
    Result<Ticket> push_cut(PendingKind kind, Offset offset);
    Result<void> plan_cut(const PendingEntry& entry, Offset start);
    Result<void> finish_plan(Cut& cut, LogState& state, std::span<const std::shared_ptr<Segment>> kept);
    Result<void> find_again(std::span<const ProducerId> ids, ProducerTable& producers, Offset end,
                            std::span<const std::shared_ptr<Segment>> segments);
    Error suspect_cut(const Error& error);
    void apply_cut();

    Offset retention_start(std::int64_t now_ms) const;
    Result<void> check_writable() const;
    Ticket push_removal();
    std::vector<std::shared_ptr<Segment>> segments_from(Offset from, std::size_t most) const;

    // Looking for damage (partition_damage.cpp).
    Result<std::vector<FileRange>> find_batches(Offset from, Offset limit, std::size_t max_bytes,
                                                bool checks_all);
    Result<void> check(Segment& segment, const SegmentRange& range) const;
    Result<SegmentRange> read_segment(Segment& segment, Offset from, Offset limit, std::uint64_t max_bytes,
                                      bool any_first, bool checks) const;
    Error suspect(const std::shared_ptr<Segment>& segment, const Error& error, std::uint64_t cuts);
    bool add_damage(Damage damage);
    void set_damage(std::optional<Damage> damage);

    StoreContext& context_;
    const LogKey key_;
    const std::string label_;
    const std::string folder_;

    mutable std::mutex mutex_;
    LogConfig config_;
    LeaderEpoch first_epoch_ = no_epoch;  // that append takes
    EpochTable epochs_;
    ProducerTable producers_;
    std::vector<std::shared_ptr<Segment>> segments_;  // published ones, oldest first
    std::vector<std::shared_ptr<Segment>> dirty_;     // hold bytes that no checkpoint has synced
    std::uint64_t applied_ = 0;                       // the last journal round that changed this log
    std::uint32_t generation_ = 0;                    // counts roll-backs
    std::optional<Error> refusing_;  // after a roll-back, until the entries it took back have been reported
    Error last_error_;
    bool removed_ = false;
    bool cutting_ = false;  // a cut waits for its commit
    bool history_ = false;
    bool buried_ = false;
    std::uint64_t cuts_ = 0;  // counts them: what is read meanwhile may be gone
    std::optional<Damage> damage_;
    std::atomic<bool> is_damaged_{false};
    std::mutex damage_file_mutex_;  // taken before mutex_
    std::atomic<std::int64_t> start_, durable_end_, end_;
    std::atomic<std::uint64_t> size_{0};

    // The committing thread's own.
    std::optional<Durability>
        described_;  // what the journal or the checkpoint says; nothing: not known to them
    Durability mode_ = Durability::journal;  // in this round
    bool unlogged_tail_ = false;             // the last batches are in the segments only
    std::shared_ptr<Segment> active_;
    std::vector<std::shared_ptr<Segment>> begun_;  // segments of this round
    std::optional<Cut> cut_;                       // of this round
    std::uint64_t logged_until_ = 0;  // all goes through the journal until so many checkpoints are done
    std::vector<ByteView> parts_;
    std::vector<BatchPlace> places_;
    bool describing_ = false;  // this round tells the journal label and durability
};

}  // namespace weir::log
