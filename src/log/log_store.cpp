// Opening a store: lock, recovery, journal.
#include "log/log_store.hpp"

#include "base/log_line.hpp"
#include "log/layout.hpp"
#include "log/run_mark.hpp"
#include "log/store.hpp"

namespace weir::log {

namespace {

std::string parent_of(const std::string& path) {
    const auto slash = path.find_last_of('/', path.find_last_not_of('/'));
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<LogStore>> LogStore::open(StoreOptions options, runtime::FileSystem& files,
                                                 Clock& clock, CommitListener& listener) {
    if (auto done = files.make_directories(options.directory); !done) return done.error();
    auto lock = files.lock(options.directory + "/" + std::string{lock_file});
    if (!lock) return lock.error();
    auto mark = RunMark::begin(std::move(*lock), options.boot);
    if (!mark) return mark.error();
    const auto began_us = clock.monotonic_us();
    auto recovered = options.is_refilled ? recover_or_set_aside(files, options.directory, mark->was_stopped())
                                         : recover(files, options.directory, mark->was_stopped());
    if (!recovered) return recovered.error();
    if (recovered->replayed_rounds > 0) {
        log_info("{}: replayed {} MiB of the journal onto {} partitions in {} ms", options.directory,
                 recovered->replayed_bytes >> 20, recovered->logs.size(),
                 (clock.monotonic_us() - began_us) / 1000);
    }
    const auto folder = options.directory + "/" + std::string{journal_folder};
    auto journal =
        files.open(folder + "/" + journal_name(recovered->journal.file), runtime::OpenMode::create);
    if (!journal) return journal.error();
    for (const auto& path : {folder, options.directory, parent_of(options.directory)}) {
        if (auto done = files.sync_directory(path); !done) return done.error();
    }
    const auto size = (*journal)->size();
    if (!size) return size.error();
    recovered->journal_files.insert(recovered->journal.file);
    const bool prepared = *size >= options.journal_file_bytes;
    auto store = std::make_unique<Store>(std::move(options), files, clock, listener, std::move(*mark),
                                         std::move(*recovered), std::move(*journal), prepared);
    store->start();
    return std::unique_ptr<LogStore>{std::move(store)};
}

}  // namespace weir::log
