// Handing calls on to the file system below, after the test's hook.
#include "support/hooked_file_system.hpp"

namespace weir::test {

namespace {

class HookedFile : public runtime::File {
  public:
    HookedFile(std::unique_ptr<runtime::File> below, std::string path, const HookedFileSystem& files)
        : below_(std::move(below)), path_(std::move(path)), files_(files) {}

    Result<std::size_t> read(std::uint64_t position, ByteSpan out) override {
        return below_->read(position, out);
    }
    Result<void> write(std::uint64_t position, std::span<const ByteView> parts) override {
        if (auto asked = files_.ask(FileCall::write, path_); !asked) return asked;
        return below_->write(position, parts);
    }
    Result<void> sync_data() override {
        if (auto asked = files_.ask(FileCall::sync_data, path_); !asked) return asked;
        return files_.is_syncing() ? below_->sync_data() : Result<void>{};
    }
    Result<void> truncate(std::uint64_t size) override {
        if (auto asked = files_.ask(FileCall::truncate, path_); !asked) return asked;
        return below_->truncate(size);
    }
    Result<std::uint64_t> size() override { return below_->size(); }
    void drop_cache(std::uint64_t position, std::uint64_t length) override {
        below_->drop_cache(position, length);
    }
    int descriptor() const override { return below_->descriptor(); }

  private:
    std::unique_ptr<runtime::File> below_;
    std::string path_;
    const HookedFileSystem& files_;
};

}  // namespace

Result<std::unique_ptr<runtime::File>> HookedFileSystem::open(const std::string& path,
                                                              runtime::OpenMode mode) {
    if (mode == runtime::OpenMode::create) {
        if (auto asked = ask(FileCall::create, path); !asked) return asked.error();
    }
    auto file = below_.open(path, mode);
    if (!file) return file;
    return std::unique_ptr<runtime::File>{std::make_unique<HookedFile>(std::move(*file), path, *this)};
}

Result<void> HookedFileSystem::make_directories(const std::string& path) {
    if (auto asked = ask(FileCall::make_directories, path); !asked) return asked;
    return below_.make_directories(path);
}

Result<void> HookedFileSystem::rename(const std::string& from, const std::string& to) {
    if (auto asked = ask(FileCall::rename, from); !asked) return asked;
    return below_.rename(from, to);
}

Result<void> HookedFileSystem::remove(const std::string& path) {
    if (auto asked = ask(FileCall::remove, path); !asked) return asked;
    return below_.remove(path);
}

Result<void> HookedFileSystem::sync_directory(const std::string& path) {
    if (auto asked = ask(FileCall::sync_directory, path); !asked) return asked;
    return is_syncing_ ? below_.sync_directory(path) : Result<void>{};
}

}  // namespace weir::test
