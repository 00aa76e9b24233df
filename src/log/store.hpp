// LogStore on files: the logs by key, the committing thread, and the housekeeping thread.
#pragma once

#include <condition_variable>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "log/committer.hpp"
#include "log/recovery.hpp"
#include "log/run_mark.hpp"
#include "log/scrubber.hpp"

namespace weir::log {

class Store final : public LogStore, private RemovalListener {
  public:
    // Takes over what recovery found; start() begins the work.
    Store(StoreOptions options, runtime::FileSystem& files, Clock& clock, CommitListener& listener,
          RunMark mark, Recovered recovered, std::unique_ptr<runtime::File> journal_file,
          bool journal_prepared);
    ~Store() override;
    void start();

    Result<std::shared_ptr<PartitionLog>> open_log(LogKey key, const std::string& label,
                                                   const LogConfig& config) override;
    std::shared_ptr<PartitionLog> find(LogKey key) const override;
    std::vector<LogKey> keys() const override;
    Result<void> remove(LogKey key) override;
    Uuid id() const override { return id_; }
    bool kept_all() const override { return mark_.kept_all() && !is_lost_; }
    Result<void> note_all_open() override;
    Result<void> acknowledge_loss() override { return mark_.acknowledge(); }
    std::vector<DamagedLog> damaged() const override;
    Ticket committed() const override { return committer_.committed(); }
    void maintain() override;
    bool commit_once() override;
    Result<void> checkpoint_once() override;
    std::int64_t scrub_once() override { return scrubber_.step(*this); }
    Result<void> stop() override;

  private:
    void on_removed(const std::shared_ptr<Partition>& log, std::uint64_t journal_sequence) override;
    void on_removal_failed(const std::shared_ptr<Partition>& log) override;

    void run_commits();
    void run_housekeeping();
    void run_scrubbing();
    bool housekeeping_due() const;
    std::uint64_t journal_bytes() const;  // since the last checkpoint
    void repair_segments();
    void wait_for_room();
    void prepare_journal();
    Result<void> sync_captured(Checkpoint& checkpoint);
    Result<void> sync_segments(std::span<const std::shared_ptr<Segment>> segments);
    void remove_doomed();
    void finish_removals(const UnwantedFiles& unwanted);
    void drop_set_aside();
    bool has_lost_ends() const;

    const StoreOptions options_;
    runtime::FileSystem& files_;
    Clock& clock_;
    RunMark mark_;
    const Uuid id_;
    StoreContext context_;
    JournalSpace space_;
    JournalWriter journal_;
    Committer committer_;

    mutable std::mutex mutex_;
    std::unordered_map<LogKey, std::shared_ptr<Partition>, LogKeyHash> logs_;
    std::unordered_map<LogKey, std::shared_ptr<Partition>, LogKeyHash>
        removing_;  // their files may still be there
    std::vector<RemovedLog> removed_;
    std::vector<std::shared_ptr<Partition>> failed_removals_;
    std::vector<LogKey> vanishing_;  // their files are doomed
    const bool is_lost_;             // this start has found it so
    std::optional<StoreLoss> loss_;  // until all logs that it was about are open
    std::atomic<bool> has_set_aside_;

    Scrubber scrubber_;
    std::mutex checkpoint_mutex_;  // one at a time
    std::atomic<std::uint64_t> checkpointed_bytes_{0};
    std::atomic<std::uint64_t> replayed_bytes_;  // of journal that no checkpoint has freed
    std::atomic<bool> stopping_{false};
    bool stopped_ = false;
    std::mutex wake_mutex_;
    std::condition_variable wake_;       // the housekeeping thread
    std::condition_variable room_made_;  // the committing thread, when the journal has grown too long
    std::condition_variable scrub_;      // the scrubbing thread: the store stops
    std::thread commits_;
    std::thread scrubbing_;
    std::thread housekeeping_;
};

}  // namespace weir::log
