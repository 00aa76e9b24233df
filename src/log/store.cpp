// The store: logs by key, and the two threads as thin shells around steps.
#include "log/store.hpp"

#include <malloc.h>
#include <pthread.h>

#include "base/log_line.hpp"
#include "log/layout.hpp"

namespace weir::log {

namespace {

constexpr std::uint64_t most_journal = 2;  // checkpoints' worth of journal, before commits wait for one
constexpr std::size_t many_segments = 64;  // from here on one syncfs is cheaper than an fdatasync each
constexpr auto retry_after = std::chrono::seconds{1};  // when preparing or a checkpoint has failed

}  // namespace

Store::Store(StoreOptions options, runtime::FileSystem& files, Clock& clock, CommitListener& listener,
             RunMark mark, Recovered recovered, std::unique_ptr<runtime::File> journal_file,
             bool journal_prepared)
    : options_(std::move(options)),
      files_(files),
      clock_(clock),
      mark_(std::move(mark)),
      id_(recovered.store),
      context_(files, clock, options_.directory, options_.max_open_files, options_.reserve_bytes),
      space_({.directory = options_.directory + "/" + std::string{journal_folder},
              .file_bytes = options_.journal_file_bytes,
              .most_ahead = options_.checkpoint_bytes / options_.journal_file_bytes + 2,
              .reserve_bytes = options_.reserve_bytes},
             files, recovered.journal_files, recovered.journal.file),
      journal_(space_, id_, recovered.journal, std::move(journal_file), journal_prepared),
      committer_(context_, journal_, listener, *this),
      removed_(std::move(recovered.removed)),
      is_lost_(recovered.loss.has_value()),
      loss_(std::move(recovered.loss)),
      has_set_aside_(true),
      scrubber_(options_, clock),
      // Not more than calls for a checkpoint at once: commits need not wait for it.
      replayed_bytes_(std::min(recovered.replayed_bytes, options_.checkpoint_bytes)) {
    for (auto& state : recovered.logs) {
        const auto key = state.key;
        if (!state.repairs.empty()) context_.note_directory(context_.topics_directory);
        const auto log = std::make_shared<Partition>(context_, std::move(state));
        // Before anything is written to its files, which might then look whole.
        if (log->is_damaged()) log->save_damage();
        logs_.emplace(key, log);
    }
    finish_removals(recovered.unwanted);
}

// Of logs and segments that had gone when the last process ended; their files had not.
void Store::finish_removals(const UnwantedFiles& unwanted) {
    if (unwanted.paths.empty()) return;
    log_info("{}: {} files and folders belong to no partition; removing them", options_.directory,
             unwanted.paths.size());
    context_.doom(unwanted.paths);
    // Segments may be begun in folders that are still there, but never were durable.
    context_.note_directory(context_.topics_directory);
    for (const auto& key : unwanted.logs) {
        if (logs_.contains(key)) continue;
        LogState state;
        state.key = key;
        const auto log = std::make_shared<Partition>(context_, std::move(state));
        log->bury();
        removing_.emplace(key, log);
        vanishing_.push_back(key);
    }
}

Store::~Store() {
    if (auto done = stop(); !done) log_error("{}: {}", options_.directory, done.error().message);
}

void Store::start() {
    if (!options_.own_threads) return;
    const auto begin = [this](const char* name, void (Store::*run)()) {
        return std::thread{[=, this] {
            pthread_setname_np(pthread_self(), name);
            (this->*run)();
        }};
    };
    commits_ = begin("commits", &Store::run_commits);
    housekeeping_ = begin("housekeeping", &Store::run_housekeeping);
    if (options_.scrub_bytes_per_second > 0) scrubbing_ = begin("scrubbing", &Store::run_scrubbing);
}

Result<std::shared_ptr<PartitionLog>> Store::open_log(LogKey key, const std::string& label,
                                                      const LogConfig& config) {
    std::shared_ptr<Partition> log;
    bool is_lost = false;
    {
        const std::lock_guard lock{mutex_};
        if (removing_.contains(key)) {
            return Error{Errc::already_exists,
                         fmt::format("the old log of partition {} of {} is still being removed",
                                     key.partition.value, label)};
        }
        auto& slot = logs_[key];
        if (!slot) {
            LogState state;
            state.key = key;
            state.label = label;
            if (loss_) state.damage = {.first = {}, .until = Offset{INT64_MAX}, .what = loss_->what};
            slot = std::make_shared<Partition>(context_, std::move(state));
            is_lost = loss_.has_value();
        }
        log = slot;
    }
    if (is_lost) log->save_damage();
    log->set_config(config);
    return std::shared_ptr<PartitionLog>{std::move(log)};
}

std::shared_ptr<PartitionLog> Store::find(LogKey key) const {
    const std::lock_guard lock{mutex_};
    const auto found = logs_.find(key);
    return found == logs_.end() ? nullptr : found->second;
}

std::vector<LogKey> Store::keys() const {
    const std::lock_guard lock{mutex_};
    std::vector<LogKey> all;
    all.reserve(logs_.size());
    for (const auto& [key, log] : logs_) all.push_back(key);
    return all;
}

std::vector<DamagedLog> Store::damaged() const {
    std::vector<DamagedLog> all;
    if (context_.damages == 0) return all;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [key, log] : logs_) {
            if (const auto damage = log->is_damaged() ? log->damage() : std::nullopt)
                all.push_back({key, damage->number});
        }
    }
    std::ranges::sort(all);
    return all;
}

Result<void> Store::remove(LogKey key) {
    std::shared_ptr<Partition> log;
    {
        const std::lock_guard lock{mutex_};
        const auto found = logs_.find(key);
        if (found == logs_.end()) return Error{Errc::not_found, "there is no such log"};
        log = found->second;
        removing_[key] = log;
        logs_.erase(found);
    }
    log->remove();
    return {};
}

void Store::on_removed(const std::shared_ptr<Partition>& log, std::uint64_t journal_sequence) {
    log->bury();
    std::vector<std::string> paths;
    for (const auto& segment : log->segments()) {
        for (auto& path : segment->drop()) paths.push_back(std::move(path));
    }
    if (log->is_damaged()) paths.push_back(log->damage_path());
    paths.push_back(context_.topics_directory + "/" + topic_folder(log->label(), log->key().topic_id));
    context_.doom(paths);
    const std::lock_guard lock{mutex_};
    removed_.push_back({log->key(), journal_sequence});
    vanishing_.push_back(log->key());
}

void Store::on_removal_failed(const std::shared_ptr<Partition>& log) {
    const std::lock_guard lock{mutex_};
    failed_removals_.push_back(log);
}

void Store::maintain() {
    std::vector<std::shared_ptr<Partition>> logs;
    std::vector<std::shared_ptr<Partition>> failed_removals;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [key, log] : logs_) logs.push_back(log);
        failed_removals.swap(failed_removals_);
    }
    for (const auto& log : failed_removals) log->retry_removal();
    const auto now_ms = clock_.wall_ms();
    for (const auto& log : logs) log->maintain(now_ms, options_.producer_expiration_ms);
    drop_set_aside();
}

// What says that they are damaged, and the checkpoint that knows them, must be there before the loss is over.
Result<void> Store::note_all_open() {
    std::vector<std::shared_ptr<Partition>> logs;
    {
        const std::lock_guard lock{mutex_};
        if (!loss_) return {};
        for (const auto& [key, log] : logs_) logs.push_back(log);
    }
    for (const auto& log : logs) {
        if (!log->is_damaged()) continue;
        if (!files_.file_size(log->damage_path())) log->save_damage();
        if (const auto saved = files_.file_size(log->damage_path()); !saved) return saved.error();
    }
    if (auto synced = files_.sync_directory(context_.topics_directory); !synced) return synced;
    if (auto done = checkpoint_once(); !done) return done;
    if (auto ended = end_loss(files_, options_.directory); !ended) return ended;
    const std::lock_guard lock{mutex_};
    loss_.reset();
    return {};
}

bool Store::has_lost_ends() const {
    const std::lock_guard lock{mutex_};
    return loss_ || std::ranges::any_of(logs_, [](const auto& entry) {
               const auto damage = entry.second->damage();
               return damage && damage->is_end_lost();
           });
}

// Once all that was lost has come back.
void Store::drop_set_aside() {
    if (!has_set_aside_ || has_lost_ends()) return;
    has_set_aside_ = false;
    const auto paths = set_aside_paths(files_, options_.directory);
    if (paths.empty()) return;
    log_info("{}: what was lost has come back; removing {} files that were set aside", options_.directory,
             paths.size());
    context_.doom(paths);
}

std::uint64_t Store::journal_bytes() const {
    return journal_.written_bytes() - checkpointed_bytes_.load() + replayed_bytes_.load();
}

bool Store::commit_once() {
    if (!options_.own_threads && journal_bytes() >= most_journal * options_.checkpoint_bytes) {
        if (auto done = checkpoint_once(); !done) log_warning("no checkpoint: {}", done.error().message);
    }
    return committer_.commit_once();
}

void Store::run_commits() {
    while (context_.queue.wait(options_.commit_spacing_us)) {
        wait_for_room();
        committer_.commit_once();
        if (housekeeping_due()) wake_.notify_one();
    }
}

// Lets the checkpoint catch up, should commits outrun it.
void Store::wait_for_room() {
    if (journal_bytes() < most_journal * options_.checkpoint_bytes) return;
    std::unique_lock lock{wake_mutex_};
    wake_.notify_one();
    room_made_.wait_for(lock, retry_after);
}

bool Store::housekeeping_due() const {
    return space_.wants_step() || context_.has_doomed() || journal_bytes() >= options_.checkpoint_bytes;
}

// Ahead of the segments' first use.
void Store::repair_segments() {
    if (replayed_bytes_ == 0) return;
    const auto began_us = clock_.monotonic_us();
    std::vector<std::shared_ptr<Partition>> logs;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [key, log] : logs_) logs.push_back(log);
    }
    for (const auto& log : logs) {
        if (stopping_) return;
        if (auto done = log->repair(); !done) {
            log_warning("{}: will try again at the next checkpoint: {}", options_.directory,
                        done.error().message);
            return;
        }
    }
    ::malloc_trim(0);  // the notes of a full journal take some 10 MiB
    log_info("{}: wrote to the segments what was replayed, in {} ms", options_.directory,
             (clock_.monotonic_us() - began_us) / 1000);
}

void Store::run_housekeeping() {
    repair_segments();
    while (!stopping_) {
        {
            std::unique_lock lock{wake_mutex_};
            wake_.wait_for(lock, retry_after, [&] { return stopping_ || housekeeping_due(); });
        }
        if (stopping_) return;
        remove_doomed();
        prepare_journal();
        if (journal_bytes() < options_.checkpoint_bytes) continue;
        auto done = checkpoint_once();
        room_made_.notify_all();
        if (done) continue;
        log_warning("{}: no checkpoint, will try again: {}", options_.directory, done.error().message);
        std::unique_lock lock{wake_mutex_};
        wake_.wait_for(lock, retry_after, [&] { return stopping_.load(); });
    }
}

void Store::run_scrubbing() {
    std::unique_lock lock{wake_mutex_};
    while (!stopping_) {
        lock.unlock();
        const std::chrono::microseconds pause{scrub_once()};
        lock.lock();
        scrub_.wait_for(lock, pause, [&] { return stopping_.load(); });
    }
}

void Store::prepare_journal() {
    while (!stopping_ && space_.wants_step() && journal_bytes() < options_.checkpoint_bytes) {
        const auto done = space_.prepare_step();
        if (done && *done) continue;
        if (done) return;
        if (done.error().code != Errc::no_space)
            log_warning("no journal file ahead: {}", done.error().message);
        std::unique_lock lock{wake_mutex_};
        wake_.wait_for(lock, retry_after, [&] { return stopping_.load(); });
        return;
    }
}

void Store::remove_doomed() {
    std::vector<LogKey> keys;
    {
        const std::lock_guard lock{mutex_};
        keys.swap(vanishing_);
    }
    context_.remove_doomed();
    const std::lock_guard lock{mutex_};
    for (const auto& key : keys) removing_.erase(key);
}

Result<void> Store::checkpoint_once() {
    const std::lock_guard one_at_a_time{checkpoint_mutex_};
    remove_doomed();
    const auto bytes = journal_.written_bytes();
    Checkpoint checkpoint;
    checkpoint.store = id_;
    checkpoint.journal = committer_.done();
    if (auto done = sync_captured(checkpoint); !done) return done;
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(removed_, [&](const auto& log) { return log.sequence < checkpoint.journal.sequence; });
        checkpoint.removed = removed_;
    }
    if (auto done = write_checkpoint(files_, options_.directory, checkpoint); !done) return done;
    checkpointed_bytes_ = bytes;
    replayed_bytes_ = 0;
    ++context_.checkpoints;
    return space_.recycle(checkpoint.journal.file);
}

// Notes all logs' states, and makes durable what they speak of.
Result<void> Store::sync_captured(Checkpoint& checkpoint) {
    std::vector<std::shared_ptr<Partition>> logs;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [key, log] : logs_) logs.push_back(log);
        for (const auto& [key, log] : removing_) logs.push_back(log);
    }
    std::vector<std::shared_ptr<Segment>> dirty;
    for (const auto& log : logs) {
        if (log->has_history()) checkpoint.logs.push_back(log->capture(dirty));
    }
    Result<void> durable;
    for (const auto& segment : dirty) {
        if (durable) durable = segment->repair();
    }
    if (durable) durable = sync_segments(dirty);
    if (!durable) {
        for (const auto& log : logs) log->give_back(dirty);
        return durable;
    }
    for (const auto& segment : dirty) segment->save_index();
    const auto directories = context_.take_directories();
    for (const auto& path : directories) {
        auto done = files_.sync_directory(path);
        if (done || done.error().code == Errc::not_found) continue;
        for (const auto& again : directories) context_.note_directory(again);
        return done;
    }
    return {};
}

Result<void> Store::sync_segments(std::span<const std::shared_ptr<Segment>> segments) {
    if (segments.size() >= many_segments) {
        if (auto done = mark_.file().sync_file_system(); !done) Segment::die_of(done.error());
        return {};
    }
    for (const auto& segment : segments) {
        // One that somebody has removed holds up no other: the next start finds its log damaged.
        if (auto done = segment->sync(); !done && done.error().code != Errc::not_found) return done;
    }
    return {};
}

Result<void> Store::stop() {
    if (std::exchange(stopped_, true)) return {};
    context_.stopped = true;
    context_.queue.close();
    if (commits_.joinable()) commits_.join();
    {
        const std::lock_guard lock{wake_mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    scrub_.notify_all();
    if (housekeeping_.joinable()) housekeeping_.join();
    if (scrubbing_.joinable()) scrubbing_.join();
    while (committer_.commit_once()) {
    }
    if (auto done = checkpoint_once(); !done) return done;
    return mark_.end();
}

}  // namespace weir::log
