// Opening a data directory: checkpoint, listing, replay, cutting.
#include "log/recovery.hpp"

#include <random>

#include "base/log_line.hpp"
#include "log/layout.hpp"
#include "log/replay.hpp"

namespace weir::log {

namespace {

Uuid random_store_id() {
    std::random_device random;
    const auto word = [&] { return std::uint64_t{random()} << 32 | random(); };
    const auto high = word();
    return Uuid::from_random(high, word());
}

// An empty store, if the directory is empty.
Result<Checkpoint> create_store(runtime::FileSystem& files, const std::string& directory,
                                const TopicFiles& topics, bool has_journal, std::optional<Uuid> store) {
    if (!topics.empty() || has_journal) {
        return Error{Errc::corrupt,
                     fmt::format("{0}/{1} is missing, but there are topics or a journal. Put it back, or "
                                 "restore {0} from a backup or a replica",
                                 directory, checkpoint_file)};
    }
    Checkpoint checkpoint;
    checkpoint.store = store ? *store : random_store_id();
    if (auto done = write_checkpoint(files, directory, checkpoint); !done) return done.error();
    return checkpoint;
}

Result<void> replay_journal(JournalReader& reader, Replay& replay, Recovered& recovered) {
    for (;;) {
        auto round = reader.next();
        if (!round) return round.error();
        if (!*round) return {};
        ++recovered.replayed_rounds;
        recovered.replayed_bytes += (*round)->header.size();
        if (auto done = replay.apply(**round); !done) {
            return Error{done.error().code, fmt::format("{} position {}: {}", journal_name((*round)->file),
                                                        (*round)->position, done.error().message)};
        }
    }
}

// What was replayed will be read, and may have been in the page cache only.
Result<void> sync_journal(runtime::FileSystem& files, const std::string& directory, std::uint64_t first,
                          std::uint64_t last) {
    for (auto number = first; number <= last; ++number) {
        auto file = files.open(directory + "/" + journal_name(number), runtime::OpenMode::write);
        if (!file) return file.error();
        if (auto done = (*file)->sync_data(); !done) return done;
    }
    return {};
}

}  // namespace

Result<Recovered> recover(runtime::FileSystem& files, const std::string& directory, bool clean,
                          std::optional<Uuid> store) {
    const auto topics_path = directory + "/" + std::string{topics_folder};
    const auto journal_path = directory + "/" + std::string{journal_folder};
    for (const auto& path : {topics_path, journal_path}) {
        if (auto done = files.make_directories(path); !done) return done.error();
    }
    auto topics = TopicFiles::list(files, topics_path);
    if (!topics) return topics.error();
    const auto journals = journal_files(files, journal_path);
    if (!journals) return journals.error();
    auto checkpoint = read_checkpoint(files, directory);
    if (!checkpoint && checkpoint.error().code == Errc::not_found) {
        checkpoint = create_store(files, directory, *topics, !journals->empty(), store);
    }
    if (!checkpoint) return checkpoint.error();

    if (journals->empty() && !topics->empty()) {
        return Error{Errc::corrupt,
                     fmt::format("{} is empty, but there are topics. Put it back, or restore {} "
                                 "from a backup or a replica",
                                 journal_path, directory)};
    }

    Recovered recovered;
    recovered.store = checkpoint->store;
    recovered.journal = checkpoint->journal;
    for (const auto& [number, path] : *journals) recovered.journal_files.insert(number);
    const auto from = checkpoint->journal;
    Replay replay{files, *topics, std::make_shared<ReplayedJournal>(files, journal_path, from.file),
                  std::move(*checkpoint)};
    if (from.position > 0 || !journals->empty()) {
        JournalReader reader{files, journal_path, recovered.store, from};
        if (auto done = replay_journal(reader, replay, recovered); !done) return done.error();
        if (!clean) {
            if (auto done = reader.check_end(); !done) return done.error();
        }
        recovered.journal = reader.position();
        if (recovered.replayed_rounds > 0) {
            auto done = sync_journal(files, journal_path, from.file, recovered.journal.file);
            if (!done) return done.error();
        }
    }
    if (!clean) {
        if (auto done = replay.scan_unlogged(); !done) return done.error();
    }
    auto unwanted = replay.tidy();
    if (!unwanted) return unwanted.error();
    recovered.unwanted = std::move(*unwanted);
    recovered.removed = replay.removed();
    recovered.logs = replay.take_logs();
    return recovered;
}

Result<Recovered> recover_or_set_aside(runtime::FileSystem& files, const std::string& directory, bool clean) {
    auto loss = read_loss(files, directory);
    if (!loss) return loss.error();
    if (!*loss) {
        auto recovered = recover(files, directory, clean);
        const bool is_damaged = !recovered && (recovered.error().code == Errc::corrupt ||
                                               recovered.error().code == Errc::not_found);
        if (!is_damaged) return recovered;
        auto begun = begin_loss(files, directory, recovered.error().message);
        if (!begun) return begun.error();
        *loss = std::move(*begun);
    }
    if (!(*loss)->is_over) {
        auto done = set_aside(files, directory, std::move(**loss));
        if (!done) return done.error();
        *loss = std::move(*done);
    }
    auto recovered = recover(files, directory, false, (*loss)->store);
    if (!recovered) return recovered;
    // Until the loss is over what the new journal knows of a log says nothing of what it had.
    for (auto& log : recovered->logs) {
        if (!log.damage) log.damage = {.first = {}, .until = Offset{INT64_MAX}, .what = (*loss)->what};
    }
    recovered->loss = std::move(*loss);
    return recovered;
}

}  // namespace weir::log
