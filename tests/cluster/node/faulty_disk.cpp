// Each change is recorded in the undo area before it is made, and each sync, once done, forgets the records.
#include "cluster/node/faulty_disk.hpp"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>

namespace weir::torture {

namespace {

namespace fs = std::filesystem;
using runtime::File;
using runtime::OpenMode;

Error full(const std::string& path) {
    return {Errc::no_space, "write " + path + ": No space left on device"};
}

// What every kind of sync does before the real one. True: there is none.
Result<bool> disturbed(const Control& control, const std::string& path) {
    if (const auto delay = control.sync_delay_ms.load(); delay > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(delay));
    if (control.fail_sync != 0) return Error{Errc::io_error, "fdatasync " + path + ": Input/output error"};
    return control.lie_sync != 0;
}

class FaultyFile : public File {
  public:
    FaultyFile(std::unique_ptr<File> below, std::string path, const Control& control, UndoArea& area)
        : below_(std::move(below)), path_(std::move(path)), control_(control), area_(area) {
        inode_ = area_.open(descriptor(), path_);
    }
    FaultyFile(const FaultyFile&) = delete;
    FaultyFile& operator=(const FaultyFile&) = delete;
    ~FaultyFile() override { area_.release(inode_); }

    Result<std::size_t> read(std::uint64_t position, ByteSpan out) override {
        return below_->read(position, out);
    }
    Result<void> write(std::uint64_t position, std::span<const ByteView> parts) override {
        std::uint64_t length = 0;
        for (const auto part : parts) length += part.size();
        const std::shared_lock order{inode_->order()};
        if (auto room = check_room(position + length); !room) return room;
        inode_->record(descriptor(), position, length);
        const auto every = control_.corrupt_write.load();
        if (every > 0 && is_segment_ && ++writes_ % every == 0) return write_wrongly(position, parts);
        return below_->write(position, parts);
    }
    Result<void> truncate(std::uint64_t size) override {
        const std::shared_lock order{inode_->order()};
        if (auto room = check_room(size); !room) return room;
        const auto before = below_->size();
        if (!before) return before.error();
        inode_->record(descriptor(), std::min(size, *before),
                       std::max(size, *before) - std::min(size, *before));
        return below_->truncate(size);
    }
    Result<void> sync_data() override {
        const auto skip = disturbed(control_, path_);
        if (!skip) return skip.error();
        if (*skip) return {};
        const auto covered = inode_->begin_sync();
        if (auto done = below_->sync_data(); !done) return done;
        inode_->end_sync(covered);
        return {};
    }
    Result<void> sync_file_system() override {
        const auto skip = disturbed(control_, path_);
        if (!skip) return skip.error();
        if (*skip) return {};
        std::vector<std::pair<std::shared_ptr<Inode>, std::vector<std::uint64_t>>> covered;
        for (const auto& inode : area_.inodes()) covered.emplace_back(inode, inode->begin_sync());
        const auto changes = area_.begin_sync("");
        if (auto done = below_->sync_file_system(); !done) return done;
        for (const auto& [inode, generations] : covered) inode->end_sync(generations);
        area_.end_sync(changes);
        return {};
    }
    Result<std::uint64_t> size() override { return below_->size(); }
    void drop_cache(std::uint64_t position, std::uint64_t length) override {
        below_->drop_cache(position, length);
    }
    int descriptor() const override { return below_->descriptor(); }

  private:
    Result<void> write_wrongly(std::uint64_t position, std::span<const ByteView> parts) {
        Bytes bytes;
        for (const auto part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
        bytes.back() ^= 1;
        return below_->write(position, bytes);
    }

    Result<void> check_room(std::uint64_t end) {
        if (control_.disk_full == 0) return {};
        const auto size = below_->size();
        if (!size) return size.error();
        if (end > *size) return full(path_);
        return {};
    }

    const std::unique_ptr<File> below_;
    const std::string path_;
    const Control& control_;
    UndoArea& area_;
    std::shared_ptr<Inode> inode_;
    const bool is_segment_ = path_.ends_with(".log");
    std::atomic<std::int64_t> writes_{0};
};

}  // namespace

std::unique_ptr<File> FaultyDisk::wrap(std::unique_ptr<File> file, const std::string& path) {
    return std::make_unique<FaultyFile>(std::move(file), path, control_, area_);
}

Result<std::unique_ptr<File>> FaultyDisk::open(const std::string& path, OpenMode mode) {
    if (mode == OpenMode::create && !fs::exists(path)) {
        if (control_.disk_full != 0) return full(path);
        area_.will_create(path);
    }
    auto file = below_.open(path, mode);
    if (!file || mode == OpenMode::read) return file;
    return wrap(std::move(*file), path);
}

Result<void> FaultyDisk::make_directories(const std::string& path) {
    std::vector<std::string> missing;
    for (fs::path at = path; !at.empty() && !fs::exists(at); at = at.parent_path())
        missing.push_back(at.string());
    if (!missing.empty() && control_.disk_full != 0) return full(path);
    for (auto one = missing.rbegin(); one != missing.rend(); ++one) area_.will_make_directory(*one);
    return below_.make_directories(path);
}

Result<void> FaultyDisk::rename(const std::string& from, const std::string& to) {
    area_.will_rename(from, to);
    return below_.rename(from, to);
}

Result<void> FaultyDisk::remove(const std::string& path) {
    if (fs::exists(path)) area_.will_remove(path);
    return below_.remove(path);
}

Result<void> FaultyDisk::sync_directory(const std::string& path) {
    const auto skip = disturbed(control_, path);
    if (!skip) return skip.error();
    if (*skip) return {};
    const auto covered = area_.begin_sync(path);
    if (auto done = below_.sync_directory(path); !done) return done;
    area_.end_sync(covered);
    return {};
}

Result<std::uint64_t> FaultyDisk::free_bytes(const std::string& path) {
    return control_.disk_full != 0 ? std::uint64_t{0} : below_.free_bytes(path);
}

Result<std::unique_ptr<File>> FaultyDisk::lock(const std::string& path) {
    if (!fs::exists(path)) area_.will_create(path);
    auto file = below_.lock(path);
    return file ? Result<std::unique_ptr<File>>{wrap(std::move(*file), path)} : std::move(file);
}

}  // namespace weir::torture
