// A file system in memory that fails, tears and forgets on purpose, the same way for the same seed.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>

#include "runtime/file.hpp"

namespace weir::test {

enum class Operation { open, read, write, sync, truncate, rename, remove, sync_directory, list, any };

// Calls that will fail: those of `operation` on paths that contain `path`, after `skip` of them, `times`
// times.
struct Fault {
    Operation operation = Operation::any;
    std::string path;
    int skip = 0;
    int times = 1;
    Errc code = Errc::io_error;
};

enum class Crash {
    kill,       // the process ends; the page cache stays
    power_cut,  // what was not synced may vanish, sector by sector, and so may directory entries
};

// Writes are kept as they come and become durable with sync_data(), directory entries with sync_directory().
// A power cut keeps a random subset of the unsynced sectors (512 bytes), and of each directory's unsynced
// changes a random number of the first ones. After a crash the files and locks of the dead process do nothing
// any more.
class FaultyFileSystem : public runtime::FileSystem {
  public:
    explicit FaultyFileSystem(std::uint64_t seed = 1);
    ~FaultyFileSystem() override;

    void inject(Fault fault);
    void clear_faults();
    void set_capacity(std::uint64_t bytes);
    // Counts the calls that change or sync something. From the `step`th on nothing has an effect any more,
    // though all calls seem to succeed, as if the process had ended right before it: until crash().
    void stop_at(std::uint64_t step);
    bool stopped() const;
    std::uint64_t steps() const;
    void crash(Crash kind);

    // Damage to what is stored, durable or not.
    void flip_bit(const std::string& path, std::uint64_t position);
    void zero(const std::string& path, std::uint64_t position, std::uint64_t length);
    void cut(const std::string& path, std::uint64_t size);
    void lose(const std::string& path);  // the file is gone
    // As a failed sync does: what was not synced stays in the page cache, and never reaches the disk.
    void lose_unsynced(const std::string& path);
    std::vector<std::string> paths() const;  // of all files

    Result<std::unique_ptr<runtime::File>> open(const std::string& path, runtime::OpenMode mode) override;
    Result<void> make_directories(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<std::uint64_t> file_size(const std::string& path) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;
    Result<std::unique_ptr<runtime::File>> lock(const std::string& path) override;

  private:
    class OpenFile;
    struct Change;
    struct Inode;
    struct Directory;
    struct Entry;
    struct EntryChange;
    using Lock = std::lock_guard<std::mutex>;

    // All below with the mutex held.
    bool dead(std::uint64_t life) const { return life != life_ || stopped_; }
    bool step();
    std::optional<Error> fault(Operation operation, const std::string& path);
    Directory* directory(const std::string& path);
    Inode& file(const std::string& path);
    static std::pair<std::string, std::string> split(const std::string& path);
    std::uint64_t used() const;
    void forget_unsynced(Directory& directory);
    void forget_unsynced(Inode& inode);
    static void collect(const Directory& directory, const std::string& path, std::vector<std::string>& out);

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    std::unique_ptr<Directory> root_;
    std::vector<Fault> faults_;
    std::set<std::string> locks_;
    std::uint64_t capacity_ = UINT64_MAX;
    std::uint64_t steps_ = 0;
    std::uint64_t stop_at_ = UINT64_MAX;
    bool stopped_ = false;
    std::uint64_t life_ = 0;
};

}  // namespace weir::test
