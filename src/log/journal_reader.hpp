// Reads the journal's rounds in the order they were written, across its files.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "log/journal_format.hpp"
#include "runtime/file.hpp"

namespace weir::log {

// A place between two rounds, and what the next one must look like.
struct JournalPosition {
    std::uint64_t file = 1;
    std::uint64_t position = 0;
    std::uint64_t sequence = 1;  // of the next round
    std::uint32_t previous = 0;  // the header checksum of the last one

    auto operator<=>(const JournalPosition&) const = default;
};

struct JournalRound {
    RoundHeader header;
    Bytes payload;
    std::uint64_t file = 0;
    std::uint64_t position = 0;
};

// The round at `position`, if its header and its payload hold. Errors: those of reading.
Result<std::optional<JournalRound>> read_round(runtime::File& file, std::uint64_t position,
                                               std::uint64_t file_size);

// The journal files of a directory by number. Errors: those of listing.
Result<std::map<std::uint64_t, std::string>> journal_files(runtime::FileSystem& files,
                                                           const std::string& directory);

// Replays from a position on. Ends at the first round that does not hold or does not follow the one before.
class JournalReader {
  public:
    JournalReader(runtime::FileSystem& files, const std::string& directory, const Uuid& store,
                  JournalPosition from);

    // The next round; nothing at the end. Errors: io_error; not_found if the file to begin with is missing.
    Result<std::optional<JournalRound>> next();
    const JournalPosition& position() const { return position_; }

    // Once next() has ended: whether what follows proves that a durable round is damaged, and not merely a
    // last one torn by a crash. Reads all that is left of the journal. Errors: corrupt, if so.
    Result<void> check_end();

  private:
    struct OpenFile {
        std::unique_ptr<runtime::File> file;  // null if there is none
        std::uint64_t size = 0;
    };

    Result<OpenFile> open(std::uint64_t number) const;
    Result<void> open_first();
    Result<void> peek();
    Result<bool> next_file_goes_on() const;
    bool follows(const RoundHeader& header) const;
    Result<void> check_file(const OpenFile& file, std::uint64_t position) const;

    runtime::FileSystem& files_;
    std::string directory_;
    Uuid store_;
    JournalPosition position_;
    OpenFile here_;
    OpenFile next_;                           // the file after it
    std::optional<RoundHeader> next_header_;  // of its first round
};

}  // namespace weir::log
