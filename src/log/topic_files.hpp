// Which segment files lie below a data directory, found with directory listings alone.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "log/log_state.hpp"

namespace weir::log {

class TopicFiles {
  public:
    struct Segment {
        bool has_log = false;
        bool has_index = false;
        std::uint64_t size = 0;  // of the .log file
        bool wanted = false;     // some log has it
    };

    // Errors: io_error.
    static Result<TopicFiles> list(runtime::FileSystem& files, const std::string& topics_directory);

    // The segment's entry, null if there is no file of it.
    Segment* find(const LogKey& key, Offset base);
    // Where the segment's files are, or are to be made, without their endings.
    std::string stem(const LogKey& key, const std::string& label, Offset base) const;
    // The segment's files are there now, with so many bytes.
    void note(const LogKey& key, const std::string& label, Offset base, std::uint64_t size);
    // Removes the index files of the log's segments from `base` on.
    Result<void> remove_indexes(runtime::FileSystem& files, const LogKey& key, Offset base);
    // Removes the files that are not wanted, and folders that are empty then. Returns how many files went.
    Result<std::size_t> remove_unwanted(runtime::FileSystem& files);
    bool empty() const { return segments_.empty(); }

  private:
    std::string topics_directory_;
    std::unordered_map<Uuid, std::string> folders_;
    std::unordered_map<LogKey, std::map<Offset, Segment>, LogKeyHash> segments_;
};

}  // namespace weir::log
