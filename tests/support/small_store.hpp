// A store for tests: in "data" of a file system in memory, with small files and no threads of its own.
#pragma once

#include "log/log_store.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::test {

// commit_once(), checkpoint_once() and scrub_once() are the test's to call.
inline log::StoreOptions small_store(std::uint64_t journal_file_bytes = 64 << 10) {
    return {.directory = "data",
            .journal_file_bytes = journal_file_bytes,
            .checkpoint_bytes = 1 << 20,
            .reserve_bytes = 4096,
            .own_threads = false};
}

// For tests of what is above it. "data" is there whatever power cut comes.
inline std::unique_ptr<log::LogStore> open_store(FaultyFileSystem& files, Clock& clock,
                                                 log::CommitListener& listener,
                                                 const log::StoreOptions& options = small_store()) {
    files.make_directories(options.directory).value();
    files.sync_directory("").value();
    return log::LogStore::open(options, files, clock, listener).value();
}

}  // namespace weir::test
