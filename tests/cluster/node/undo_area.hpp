// Keeps, beside a data directory, what every file and directory was before changes that no sync has covered:
// so that after a kill -9 roll_back() can make of it what a power cut would have left.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace weir::torture {

constexpr std::uint64_t sector_bytes = 512;

// Bytes of an open file.
std::uint64_t size_of(int descriptor);

// One file's unsynced changes, whatever its name. A generation is what came between two syncs; a sync makes
// all generations begun before it obsolete. Files in the area, N the inode's number:
//   N.inode       a hard link, so that renames and removals don't matter
//   N.G.undo      generation G: the size before it (8 bytes), then entries: 1 if the bytes follow, 0 if there
//                 were none (8), position (8), length (8), bytes
// Numbers are the machine's own. Safe from any thread.
class Inode {
  public:
    Inode(std::string prefix, std::uint64_t next_generation, std::vector<std::uint64_t> old);

    // Hold it for a change and the record of it: a sync waits for it before it begins.
    std::shared_mutex& order() { return order_; }
    // Notes what [position, position + length) of the open file was, unless this generation has that already.
    void record(int descriptor, std::uint64_t position, std::uint64_t length);
    // Those generations that a sync which begins now will cover, and what to call once it is done.
    std::vector<std::uint64_t> begin_sync();
    void end_sync(const std::vector<std::uint64_t>& covered);
    bool is_synced() const;
    const std::string& prefix() const { return prefix_; }

    int users = 0;  // guarded by the area's mutex

  private:
    struct Descriptor {
        int number = -1;
        Descriptor() = default;
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;
        ~Descriptor();
    };
    std::string path(std::uint64_t generation) const;
    void open_generation(int descriptor);
    void append(int descriptor, std::uint64_t position, std::uint64_t length);

    const std::string prefix_;
    std::shared_mutex order_;
    mutable std::mutex mutex_;
    std::uint64_t generation_;
    std::vector<std::uint64_t> pending_;  // generations with changes, the current one last if it has any
    std::unique_ptr<Descriptor> file_;    // the current generation's
    std::uint64_t old_size_ = 0;
    std::set<std::uint64_t> sectors_;  // that the current generation has
};

// The area of one data directory. Changes of directories lie in files of their own, in their order:
//   change.S          kind, parent, name, other name: a line each
//   change.S.saved    a hard link to what was removed or replaced
// Safe from any thread. Whatever fails here ends the process: the harness would judge by wrong records.
class UndoArea {
  public:
    // Goes on with what an earlier process has left: a kill is no sync.
    explicit UndoArea(std::string directory);

    std::shared_ptr<Inode> open(int descriptor, const std::string& path);
    void release(const std::shared_ptr<Inode>& inode);
    std::vector<std::shared_ptr<Inode>> inodes() const;

    // Before the change is made.
    void will_create(const std::string& path);
    void will_make_directory(const std::string& path);
    void will_rename(const std::string& from, const std::string& to);
    void will_remove(const std::string& path);
    // Those changes in a directory (in all, if it is empty) that a sync which begins now will cover.
    std::vector<std::uint64_t> begin_sync(const std::string& directory) const;
    void end_sync(const std::vector<std::uint64_t>& covered);

  private:
    void change(const char* kind, const std::string& path, const std::string& other,
                const std::string& saved);
    std::string change_path(std::uint64_t number) const;

    const std::string directory_;
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::shared_ptr<Inode>> inodes_;
    std::map<std::uint64_t, std::string> changes_;  // number -> parent
    std::uint64_t next_change_ = 1;
};

// Of the changes that no sync covered, takes back a random part: each sector of 512 bytes with the same
// probability, which is itself drawn, and of each directory's changes a random number of the last ones.
// Empties the area. Only while no process uses the data. What it did, as a line.
std::string roll_back(const std::string& area, std::uint64_t seed);

}  // namespace weir::torture
