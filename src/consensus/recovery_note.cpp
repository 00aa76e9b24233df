// The note's file (docs/formats/metadata.md).
#include "consensus/recovery_note.hpp"

#include <limits>

#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view note_magic = "weirheal";
constexpr std::uint32_t note_version = 1;
constexpr std::size_t note_fields_size = 8;
constexpr std::uint64_t max_file_bytes = 4096;

std::string note_path(const std::string& directory) {
    return directory + "/recovering";
}

}  // namespace

Result<std::optional<LogTerm>> read_recovery(runtime::FileSystem& files, const std::string& directory) {
    const auto path = note_path(directory);
    const auto content = runtime::read_file(files, path, max_file_bytes);
    if (!content && content.error().code == Errc::not_found) return std::optional<LogTerm>{};
    const auto fields = content ? open_block(note_magic, note_version, *content, note_fields_size, path)
                                : Result<ByteView>{content.error()};
    if (fields) return std::optional{load_little<std::uint64_t>(fields->data())};
    if (fields.error().code != Errc::corrupt) return fields.error();
    return std::optional{std::numeric_limits<LogTerm>::max()};
}

Result<void> write_recovery(runtime::FileSystem& files, const std::string& directory, LogTerm until) {
    Bytes fields(note_fields_size);
    store_little(fields.data(), until);
    return runtime::replace_file(files, note_path(directory), seal_block(note_magic, note_version, fields));
}

Result<void> end_recovery(runtime::FileSystem& files, const std::string& directory) {
    if (auto removed = files.remove(note_path(directory)); !removed) return removed;
    return files.sync_directory(directory);
}

}  // namespace weir::consensus
