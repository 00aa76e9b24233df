// A file system that asks the test before each call that changes something: it may fail there, or never
// return.
#pragma once

#include <functional>
#include <string>

#include "runtime/file.hpp"

namespace weir::test {

enum class FileCall { write, sync_data, truncate, create, make_directories, rename, remove, sync_directory };

// Thrown by a hook to end the code under test at that call, as kill -9 would.
struct Killed {};

class HookedFileSystem : public runtime::FileSystem {
  public:
    using Hook = std::function<Result<void>(FileCall, const std::string& path)>;

    explicit HookedFileSystem(runtime::FileSystem& below) : below_(below) {}
    void set_hook(Hook hook) { hook_ = std::move(hook); }
    // Syncs are asked for but not done: what is killed leaves its writes to the next process anyway.
    void skip_syncs() { is_syncing_ = false; }
    bool is_syncing() const { return is_syncing_; }

    Result<std::unique_ptr<runtime::File>> open(const std::string& path, runtime::OpenMode mode) override;
    Result<void> make_directories(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override { return below_.list(path); }
    Result<std::uint64_t> file_size(const std::string& path) override { return below_.file_size(path); }
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override { return below_.free_bytes(path); }
    Result<std::unique_ptr<runtime::File>> lock(const std::string& path) override {
        return below_.lock(path);
    }

    Result<void> ask(FileCall call, const std::string& path) const {
        return hook_ ? hook_(call, path) : Result<void>{};
    }

  private:
    runtime::FileSystem& below_;
    Hook hook_;
    bool is_syncing_ = true;
};

}  // namespace weir::test
