// Which segment files lie below a data directory, found with directory listings alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "log/log_state.hpp"

namespace weir::log {

// Files that no log has any more.
struct UnwantedFiles {
    std::vector<std::string> paths;
    std::unordered_set<LogKey, LogKeyHash> logs;  // whose they are
};

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
    // Some log has the segment: its files, of which one may be missing; null if there is none.
    Segment* want(const LogKey& key, Offset base);
    // Some log has whatever there is of these segments.
    void want_all(const LogKey& key);
    // The file that says that the log is damaged, if there is one.
    std::optional<std::string> damage_file(const LogKey& key) const;
    // The base of the last segment that begins at or before `offset`.
    std::optional<Offset> last_base(const LogKey& key, Offset offset) const;
    // Where the segment's files are, or are to be made, without their endings.
    std::string stem(const LogKey& key, const std::string& label, Offset base) const;
    // Removes the index files of the log's segments from `base` on.
    Result<void> remove_indexes(runtime::FileSystem& files, const LogKey& key, Offset base);
    // The files that are not wanted, and the folders that are empty without them, in an order in which they
    // can be removed. `may_come_back` says that the segment of this log and base might be made anew: those
    // are removed at once. Errors: those of removing.
    Result<UnwantedFiles> take_unwanted(runtime::FileSystem& files,
                                        const std::function<bool(const LogKey&, Offset)>& may_come_back);
    bool empty() const { return segments_.empty(); }

  private:
    std::string topics_directory_;
    std::unordered_map<Uuid, std::string> folders_;
    std::unordered_map<LogKey, std::map<Offset, Segment>, LogKeyHash> segments_;
    std::unordered_map<LogKey, std::string, LogKeyHash> damage_files_;  // paths
    std::unordered_set<LogKey, LogKeyHash> damaged_;                    // logs that there are
};

}  // namespace weir::log
