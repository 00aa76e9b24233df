// The file seam on POSIX calls.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>

#include "base/assert.hpp"
#include "runtime/file.hpp"

namespace weir::runtime {

namespace {

constexpr std::size_t direct_unit = 4096;  // of position, length and memory of what goes past the page cache

Error from_errno(const char* what, const std::string& path, int number = errno) {
    const auto text = fmt::format("{} {}: {}", what, path, std::strerror(number));
    switch (number) {
        case ENOSPC:
        case EDQUOT: return {Errc::no_space, text};
        case EMFILE:
        case ENFILE: return {Errc::too_many_open_files, text};
        case ENOENT: return {Errc::not_found, text};
        default: return {Errc::io_error, text};
    }
}

class PosixFile : public File {
  public:
    PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;
    ~PosixFile() override { ::close(descriptor_); }

    using File::write;

    Result<std::size_t> read(std::uint64_t position, ByteSpan out) override {
        std::size_t done = 0;
        while (done < out.size()) {
            const auto n =
                ::pread(descriptor_, out.data() + done, out.size() - done, to_off(position + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return from_errno("read", path_);
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<void> write(std::uint64_t position, std::span<const ByteView> parts) override {
        std::array<iovec, 256> vectors;
        while (!parts.empty()) {
            const auto count = std::min(parts.size(), vectors.size());
            std::size_t total = 0;
            for (std::size_t i = 0; i < count; ++i) {
                vectors[i] = {const_cast<std::uint8_t*>(parts[i].data()), parts[i].size()};
                total += parts[i].size();
            }
            if (auto done = write_vectors(position, std::span{vectors}.first(count), total); !done)
                return done;
            position += total;
            parts = parts.subspan(count);
        }
        return {};
    }

    // Not through the page cache, where they would be copied first, and flood the disk at the next sync.
    Result<void> write_zeros(std::uint64_t position, std::uint64_t length) override {
        alignas(direct_unit) static std::array<std::uint8_t, std::size_t{1} << 20> zeros;
        const bool is_aligned = position % direct_unit == 0 && length % direct_unit == 0;
        while (is_aligned && length > 0) {
            const auto count = std::min<std::uint64_t>(zeros.size(), length);
            if (!write_directly(position, ByteView{zeros}.first(count))) break;
            position += count;
            length -= count;
        }
        return length == 0 ? Result<void>{} : File::write_zeros(position, length);
    }

    Result<void> sync_data() override {
        if (::fdatasync(descriptor_) != 0) return from_errno("fdatasync", path_);
        return {};
    }
    Result<void> sync_file_system() override {
        if (::syncfs(descriptor_) != 0) return from_errno("syncfs", path_);
        return {};
    }
    Result<void> write_back(std::uint64_t position, std::uint64_t length) override {
        constexpr auto wait_for_all =
            SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
        if (::sync_file_range(descriptor_, to_off(position), to_off(length), wait_for_all) == 0) return {};
        if (errno == ENOSYS) return {};
        return from_errno("sync_file_range", path_);
    }
    Result<void> truncate(std::uint64_t size) override {
        if (::ftruncate(descriptor_, to_off(size)) != 0) return from_errno("truncate", path_);
        return {};
    }
    Result<std::uint64_t> size() override {
        struct stat status{};
        if (::fstat(descriptor_, &status) != 0) return from_errno("stat", path_);
        return static_cast<std::uint64_t>(status.st_size);
    }
    void drop_cache(std::uint64_t position, std::uint64_t length) override {
        (void)::posix_fadvise(descriptor_, to_off(position), to_off(length), POSIX_FADV_DONTNEED);
    }
    int descriptor() const override { return descriptor_; }

  private:
    static off_t to_off(std::uint64_t position) {
        ASSERT(position <= INT64_MAX);
        return static_cast<off_t>(position);
    }

    // False where that is not possible, or has failed: some file systems can't, some disks want other units.
    bool write_directly(std::uint64_t position, ByteView bytes) {
        const int flags = ::fcntl(descriptor_, F_GETFL);
        if (flags < 0 || ::fcntl(descriptor_, F_SETFL, flags | O_DIRECT) != 0) return false;
        const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), to_off(position));
        (void)::fcntl(descriptor_, F_SETFL, flags);
        return written == static_cast<ssize_t>(bytes.size());
    }

    // Writes all `total` bytes, going on after short writes; changes the vectors as it goes.
    Result<void> write_vectors(std::uint64_t position, std::span<iovec> vectors, std::size_t total) {
        while (total > 0) {
            const auto n =
                ::pwritev(descriptor_, vectors.data(), static_cast<int>(vectors.size()), to_off(position));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return from_errno("write", path_);
            auto left = static_cast<std::size_t>(n);
            total -= left;
            position += left;
            while (!vectors.empty() && left >= vectors.front().iov_len) {
                left -= vectors.front().iov_len;
                vectors = vectors.subspan(1);
            }
            if (left == 0) continue;
            vectors.front().iov_base = static_cast<char*>(vectors.front().iov_base) + left;
            vectors.front().iov_len -= left;
        }
        return {};
    }

    int descriptor_;
    std::string path_;
};

class PosixFileSystem : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        int flags = O_CLOEXEC | (mode == OpenMode::read ? O_RDONLY : O_RDWR);
        if (mode == OpenMode::create) flags |= O_CREAT;
        const int descriptor = ::open(path.c_str(), flags, 0640);
        if (descriptor < 0) return from_errno("open", path);
        return std::unique_ptr<File>{std::make_unique<PosixFile>(descriptor, path)};
    }

    Result<void> make_directories(const std::string& path) override {
        std::error_code error;
        std::filesystem::create_directories(path, error);
        if (error) return from_errno("create directory", path, error.value());
        return {};
    }

    Result<std::vector<std::string>> list(const std::string& path) override {
        DIR* directory = ::opendir(path.c_str());
        if (directory == nullptr) return from_errno("list", path);
        std::vector<std::string> names;
        while (const dirent* entry = ::readdir(directory)) {
            const std::string_view entry_name = entry->d_name;
            if (entry_name != "." && entry_name != "..") names.emplace_back(entry_name);
        }
        ::closedir(directory);
        return names;
    }

    Result<std::uint64_t> file_size(const std::string& path) override {
        struct stat status{};
        if (::stat(path.c_str(), &status) != 0) return from_errno("stat", path);
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return from_errno("rename", from);
        return {};
    }

    Result<void> remove(const std::string& path) override {
        if (::remove(path.c_str()) != 0 && errno != ENOENT) return from_errno("remove", path);
        return {};
    }

    Result<void> sync_directory(const std::string& path) override {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) return from_errno("open directory", path);
        const int outcome = ::fsync(descriptor);
        const int number = errno;
        ::close(descriptor);
        if (outcome != 0) return from_errno("sync directory", path, number);
        return {};
    }

    Result<std::uint64_t> free_bytes(const std::string& path) override {
        struct statvfs status{};
        if (::statvfs(path.c_str(), &status) != 0) return from_errno("statvfs", path);
        return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
    }

    Result<std::unique_ptr<File>> lock(const std::string& path) override {
        auto file = open(path, OpenMode::create);
        if (!file) return file;
        if (::flock((*file)->descriptor(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return Error{Errc::already_exists, path +
                                                       " is locked by another process that runs: stop "
                                                       "it first, or use another directory"};
            return from_errno("lock", path);
        }
        return file;
    }
};

}  // namespace

FileSystem& posix_file_system() {
    static PosixFileSystem files;
    return files;
}

}  // namespace weir::runtime
