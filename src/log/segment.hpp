// One segment file of a partition's log: whole batches, one after the other, and how to find them.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>

#include "log/epoch_table.hpp"
#include "log/open_files.hpp"
#include "log/segment_index.hpp"
#include "log/segment_repair.hpp"

namespace weir::log {

// What readers may see of a segment.
struct SegmentState {
    Offset base;
    Offset end;
    std::uint64_t size = 0;
    std::int64_t max_timestamp_ms = -1;
    std::int64_t created_ms = 0;

    bool operator==(const SegmentState&) const = default;
};

struct SegmentRange {
    std::shared_ptr<runtime::File> file;
    IndexPoint from;
    IndexPoint to;

    std::uint64_t size() const { return to.position - from.position; }
};

// Written by one thread, the committing one; read by any. What is written is not readable until published.
class Segment {
  public:
    // `stem` is the path without ".log". What lies in the file beyond `state.size` does not count.
    Segment(OpenFiles& open_files, runtime::FileSystem& files, std::string stem, const SegmentState& state);

    // What its file may lack: written at its first use, or by repair(). Before any other call.
    void set_repair(SegmentRepair repair);
    // Brings the file to where the state says it is. Errors: those of SegmentRepair::run.
    Result<void> repair();

    // The writer's side.
    Result<void> create();  // makes the file, or empties what is left of an older one
    Result<void> write(std::span<const ByteView> parts, std::uint64_t bytes);
    std::uint64_t written() const { return written_; }
    void take_back();  // what was written and not published
    // Where the batch that holds `offset` begins, with the greatest timestamp before it. Errors: corrupt,
    // io_error, too_many_open_files.
    Result<IndexPoint> boundary(Offset offset);
    // Cuts the published content at a boundary that is not the segment's start. What can't be cut from the
    // file stays behind the end, where nobody reads.
    void cut(const IndexPoint& end);
    void publish(std::span<const BatchPlace> batches);

    // Whole batches from the one with `from` on, up to `limit`; none if the first does not fit `max_bytes`,
    // unless `any_first`. `from` lies within the segment.
    Result<SegmentRange> read(Offset from, Offset limit, std::uint64_t max_bytes, bool any_first);
    // The first batch within [start, limit) whose max timestamp is at or after `timestamp_ms`; size 0 if
    // none.
    Result<SegmentRange> find_timestamp(std::int64_t timestamp_ms, Offset start, Offset limit);

    // Whether the range was written, or found to hold, since this process began.
    bool is_trusted(const SegmentRange& range) const;
    // Whether what lies between two batch boundaries is what was written there. Errors: corrupt, io_error,
    // not_found, too_many_open_files.
    Result<void> check(const IndexPoint& from, const IndexPoint& to, const EpochTable& epochs);

    SegmentState state() const;
    Offset base() const { return base_; }
    std::int64_t created_ms() const { return state_.created_ms; }
    // Makes durable what was written. Errors: those of opening the file; dies if the disk can't.
    Result<void> sync();
    [[noreturn]] static void die_of(const Error& error);  // a failed sync
    // Appends what is new to the index file. Nothing depends on it, so that errors do not count.
    void save_index();
    // No more will be written: the index need not stay in memory.
    void seal();
    // Closes the file and lets it go; the paths to remove.
    std::array<std::string, 2> drop();

  private:
    static constexpr std::size_t remembered_points = 8;
    using Lock = std::unique_lock<std::mutex>;

    Result<std::shared_ptr<runtime::File>> open(runtime::OpenMode mode = runtime::OpenMode::write);
    Result<std::shared_ptr<runtime::File>> open_locked(runtime::OpenMode mode);
    Result<void> repair_locked();
    std::shared_ptr<SegmentIndex> index_locked() const;
    Result<void> load_index();
    Result<SegmentIndex> read_index(runtime::File& file, std::uint64_t size);
    std::optional<IndexPoint> remembered(Offset offset) const;
    void remember(const IndexPoint& point);
    Result<IndexPoint> walk_to(runtime::File& file, IndexPoint from, Offset offset, std::uint64_t end) const;
    IndexPoint index_floor(Offset offset, std::uint64_t position) const;
    Result<void> step_on(SegmentRange& range, Offset limit, std::uint64_t cap, std::uint64_t size,
                         bool any_first) const;
    Error damaged(const Error& error) const;

    OpenFiles& open_files_;
    runtime::FileSystem& files_;
    const std::string stem_;
    const Offset base_;
    std::uint64_t written_;  // the writer's own
    // A sync need not look at what is before: durable, or there when this process began.
    std::atomic<std::uint64_t> synced_;

    mutable std::mutex mutex_;
    SegmentState state_;
    std::unique_ptr<SegmentRepair> repair_;  // null once done
    OpenFiles::Handle handle_;
    std::shared_ptr<SegmentIndex> index_;     // while it grows; null until loaded
    std::weak_ptr<SegmentIndex> idle_index_;  // once sealed: as long as the file is open
    bool sealed_ = false;
    bool dropped_ = false;                                // its files go
    std::uint64_t verified_ = 0;                          // all before this position was found to hold
    std::uint64_t own_from_;                              // all from here on was written by this process
    std::array<IndexPoint, remembered_points> recent_{};  // boundaries where readers will go on
    std::size_t next_recent_ = 0;
};

}  // namespace weir::log
