// One shard of the coordinator: a state machine, its log, and the replies that wait for the log.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

#include "broker/stream/group_coordinator.hpp"
#include "broker/stream/group_machine.hpp"

namespace weir::stream {

// All methods but post() only on the executor.
//
// No reply leaves before everything appended before it is durable, so nobody is told what a crash could undo.
class GroupShard : public std::enable_shared_from_this<GroupShard> {
  public:
    using Done = std::function<void(GroupReply)>;

    GroupShard(const CoordinatorOptions& options, const Clock& clock, ShardPlace place,
               std::function<std::string()> unique_suffix);
    ~GroupShard();

    const runtime::TimedExecutor* executor() const { return place_.executor; }
    // Runs `action` on the executor if the shard still lives then. From any thread.
    void post(std::function<void(GroupShard&)> action);
    const log::PartitionLog& log() const { return *place_.log; }  // from any thread

    // Begins to load; calls `tried` once, when that is done, or has failed and is to be tried again.
    void start(std::function<void()> tried);
    // Answers all that waits, and from then on everything, with `why`.
    void stop(Errc why);
    void handle(GroupRequest request, Done done);
    // What may be read of the log has advanced.
    void on_advance();
    // Something that the log had taken is lost.
    void on_lost(const Error& error);

  private:
    enum class State { loading, ready, stopped };
    struct Asked {
        Done done;
        GroupReply failure;  // the kind of reply it wants, for when nothing better can be said
    };
    struct Waiting {
        Offset end;  // of all that was appended before
        std::vector<std::pair<Done, GroupReply>> replies;
    };

    Instant now() const;
    // Loading (group_shard_load.cpp)
    void begin_load();
    void load_more();
    Result<bool> load_step();
    Result<void> load_batches(Offset end);
    Result<void> apply_batch(ByteView batch);
    void finish_load();
    void retry_load(const Error& error);

    void perform(Effects effects);
    Result<void> append(std::span<const EncodedRecord> records);
    Result<void> append_batch(std::span<const EncodedRecord> records);
    void answer(Effects& effects);
    void fail_all(const Error& error);
    void arm_timer();
    void rewrite_if_large();
    void rewrite_more();
    void finish_rewrite();

    const CoordinatorOptions options_;
    const Clock& clock_;
    const ShardPlace place_;
    const std::function<std::string()> unique_suffix_;

    State state_ = State::loading;
    Error stopped_;  // why
    std::unique_ptr<GroupMachine> machine_;
    std::uint64_t load_round_ = 0;  // tells tasks of an older load apart
    std::function<void()> tried_;   // to be called after the first load
    Offset loaded_to_;
    RecordCursor sized_to_;  // once all is read
    bool is_sized_ = false;

    Token last_token_ = 0;
    std::unordered_map<Token, Asked> asked_;  // no reply decided yet
    std::deque<Waiting> waiting_;             // replies by what they wait for
    Offset last_end_;                         // of what was appended

    bool log_refuses_ = false;  // so that the first refusal alone is told

    std::unique_ptr<runtime::Timer> timer_;
    std::int64_t timer_ms_ = never_ms;

    std::uint64_t log_bytes_ = 0;   // of batches, from the log's start
    std::uint64_t live_bytes_ = 0;  // what the last rewriting took, or would have taken at the start
    // The live state on its way to the end of the log, slice by slice: each waits for the one before it to be
    // durable. What changes meanwhile is in the log behind `start` anyway.
    struct Rewrite {
        Offset start;
        std::uint64_t bytes_before = 0;
        RecordCursor cursor;
        std::uint64_t written_bytes = 0;
        Offset end;  // of the last slice
        bool is_complete = false;
    };
    std::optional<Rewrite> rewrite_;
};

}  // namespace weir::stream
