// The one seam through which weir touches disks: real files, or stand-ins that fail, tear and forget on
// purpose.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace weir::runtime {

// An open regular file. Safe from any thread; calls on overlapping ranges need the caller's own order.
// Errors: no_space (ENOSPC, EDQUOT), too_many_open_files (EMFILE, ENFILE), not_found, else io_error.
class File {
  public:
    virtual ~File() = default;

    // Reads up to out.size() bytes at `position`; fewer only at the end of the file.
    virtual Result<std::size_t> read(std::uint64_t position, ByteSpan out) = 0;
    // Writes all of `parts`, one after the other, from `position` on. After an error any part of it may be
    // there.
    virtual Result<void> write(std::uint64_t position, std::span<const ByteView> parts) = 0;
    // Makes what was written durable. A failure is final: what the page cache holds is unknown after it, so
    // the caller must end the process (or drop the file), never try again.
    virtual Result<void> sync_data() = 0;
    // Makes durable all that was written to the file system that holds this file: for many files at once much
    // cheaper than one sync_data() each. Reports any failed write since this file was opened; final, as
    // above.
    virtual Result<void> sync_file_system() = 0;
    // Writes zeros, straight to the disk where that can be; durable they are only after sync_data().
    virtual Result<void> write_zeros(std::uint64_t position, std::uint64_t length);
    // Has the disk write that range, and waits for it; durable it is only after sync_data(), for which less
    // is left then. May do nothing. A failure is final, as above.
    virtual Result<void> write_back(std::uint64_t, std::uint64_t) { return {}; }
    virtual Result<void> truncate(std::uint64_t size) = 0;
    virtual Result<std::uint64_t> size() = 0;
    // Tells the page cache that this range will not be read again soon.
    virtual void drop_cache(std::uint64_t position, std::uint64_t length) = 0;
    // For sendfile(2); -1 where there is none.
    virtual int descriptor() const = 0;

    Result<void> write(std::uint64_t position, ByteView bytes) {
        return write(position, std::span{&bytes, 1});
    }
};

// Bytes of a file that stand for themselves: what a connection sends without reading them first.
struct FileRange {
    std::shared_ptr<File> file;
    std::uint64_t position = 0;
    std::uint64_t size = 0;
};

enum class OpenMode {
    read,    // must exist
    write,   // must exist; read and write
    create,  // read and write; made if it does not exist
};

// The file system below a data directory. Safe from any thread. Paths are relative to where the process
// stands or absolute; a directory's entries are durable only after sync_directory().
class FileSystem {
  public:
    virtual ~FileSystem() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
    virtual Result<void> make_directories(const std::string& path) = 0;
    // The names in a directory, in no order, without "." and "..".
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
    virtual Result<std::uint64_t> file_size(const std::string& path) = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    // Removes a file or an empty directory; what is not there is no error.
    virtual Result<void> remove(const std::string& path) = 0;
    virtual Result<void> sync_directory(const std::string& path) = 0;
    // Bytes that an unprivileged writer could still use.
    virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
    // Takes an exclusive lock on the file for as long as the returned object lives; already_exists if another
    // process has it.
    virtual Result<std::unique_ptr<File>> lock(const std::string& path) = 0;
};

// The machine's file system.
FileSystem& posix_file_system();

// Reads a whole file of at most `limit` bytes; limit_exceeded if it is larger.
Result<Bytes> read_file(FileSystem& files, const std::string& path, std::uint64_t limit);
// Replaces a file so that after a crash either the old or the new content is there, never a mixture: a
// temporary neighbour is written, synced and renamed over it, and the directory synced.
Result<void> replace_file(FileSystem& files, const std::string& path, ByteView content);

}  // namespace weir::runtime
