// Makes of a killed node's files what a power cut would have left of them.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "cluster/node/undo_area.hpp"

namespace weir::torture {

namespace {

namespace fs = std::filesystem;

// How likely each unsynced sector is to be lost: all, most, half, few, or none of them.
constexpr std::array<unsigned, 5> loss_percents{100, 90, 50, 10, 0};

struct Cut {
    SeededRandom random;
    unsigned loss_percent;
    std::size_t sectors = 0, sectors_lost = 0, sizes_lost = 0, changes = 0, changes_lost = 0;

    bool loses() { return random.next() % 100 < loss_percent; }
};

struct Entry {
    std::uint64_t position = 0;
    std::uint64_t end = 0;  // of what was there; `position` if nothing was
    Bytes bytes;            // a sector of it, filled up with zeros
};

struct Generation {
    std::uint64_t old_size = 0;
    std::vector<Entry> entries;
};

// The last entry may be torn, or there is not even the size yet: the kill came between it and its change.
std::optional<Generation> read_generation(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    Generation out;
    file.read(reinterpret_cast<char*>(&out.old_size), sizeof out.old_size);
    if (!file) return std::nullopt;
    for (std::array<std::uint64_t, 3> head{}; file.read(reinterpret_cast<char*>(head.data()), sizeof head);) {
        ASSERT(head[2] <= sector_bytes);
        Entry entry{head[1], head[1] + (head[0] == 1 ? head[2] : 0), Bytes(sector_bytes, 0)};
        if (head[0] == 1) file.read(reinterpret_cast<char*>(entry.bytes.data()), std::streamsize(head[2]));
        if (!file) break;
        out.entries.push_back(std::move(entry));
    }
    return out;
}

void put_back(int descriptor, const Entry& entry, std::uint64_t size) {
    if (entry.position >= size) return;
    const auto length = std::min<std::uint64_t>(entry.bytes.size(), size - entry.position);
    ASSERT(::pwrite(descriptor, entry.bytes.data(), length, static_cast<off_t>(entry.position)) ==
           static_cast<ssize_t>(length));
}

void take_back(int descriptor, const Generation& generation, Cut& cut) {
    const auto size_now = size_of(descriptor);
    auto size = size_now;
    if (size != generation.old_size && cut.loses()) {
        ++cut.sizes_lost;
        size = generation.old_size;
        ASSERT(::ftruncate(descriptor, static_cast<off_t>(size)) == 0);
    }
    for (const auto& entry : generation.entries) {
        const bool lost = cut.loses();
        ++cut.sectors;
        cut.sectors_lost += lost;
        if (lost || entry.end > size_now) put_back(descriptor, entry, size);
    }
}

// Newest first: what a sector was before each of its changes.
void take_back_inode(const std::string& area, std::uint64_t number, std::vector<std::uint64_t> generations,
                     Cut& cut) {
    const auto prefix = fmt::format("{}/{}", area, number);
    const int descriptor = ::open((prefix + ".inode").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT(descriptor >= 0);
    std::sort(generations.rbegin(), generations.rend());
    for (const auto each : generations) {
        const auto generation = read_generation(fmt::format("{}.{}.undo", prefix, each));
        if (generation) take_back(descriptor, *generation, cut);
    }
    ::close(descriptor);
}

struct Change {
    std::string file, kind, parent, path, other;
};

Change read_change(const fs::path& file) {
    Change out{.file = file.string()};
    std::ifstream lines{file};
    for (auto* field : {&out.kind, &out.parent, &out.path, &out.other}) std::getline(lines, *field);
    return out;
}

void restore_saved(const Change& change, const std::string& path) {
    std::error_code ignored;
    if (fs::exists(change.file + ".saved") && !fs::exists(path))
        fs::create_hard_link(change.file + ".saved", path, ignored);
}

// The kill may have come between the record and the change.
void take_back(const Change& change) {
    std::error_code ignored;
    if (change.kind == "create") fs::remove(change.path, ignored);
    if (change.kind == "make") fs::remove_all(change.path, ignored);
    if (change.kind == "unmake") fs::create_directory(change.path, ignored);
    if (change.kind == "remove") restore_saved(change, change.path);
    if (change.kind == "rename" && !fs::exists(change.path)) {
        fs::rename(change.other, change.path, ignored);
        restore_saved(change, change.other);
    }
}

void take_back_changes(std::vector<Change> changes, Cut& cut) {
    std::sort(changes.begin(), changes.end(), [](auto& a, auto& b) { return a.file < b.file; });
    std::map<std::string, std::size_t> seen, kept;
    for (const auto& change : changes) ++seen[change.parent];
    for (const auto& [parent, count] : seen) {
        kept[parent] = cut.loss_percent == 100 ? 0 : cut.random.next() % (count + 1);
        cut.changes += count;
        cut.changes_lost += count - kept[parent];
    }
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        if (seen[change->parent]-- > kept[change->parent]) take_back(*change);
    }
}

}  // namespace

std::string roll_back(const std::string& area, std::uint64_t seed) {
    Cut cut{.random = SeededRandom{seed}, .loss_percent = 0};
    cut.loss_percent = loss_percents[cut.random.next() % loss_percents.size()];
    std::map<std::uint64_t, std::vector<std::uint64_t>> generations;
    std::vector<Change> changes;
    if (!fs::exists(area)) return "nothing was written";
    for (const auto& entry : fs::directory_iterator{area}) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".undo"))
            generations[std::stoull(name)].push_back(std::stoull(name.substr(name.find('.') + 1)));
        if (name.starts_with("change.") && !name.ends_with(".saved"))
            changes.push_back(read_change(entry.path()));
    }
    for (const auto& [number, list] : generations) take_back_inode(area, number, list, cut);
    take_back_changes(std::move(changes), cut);
    fs::remove_all(area);
    return fmt::format("{} of {} unsynced sectors, {} sizes of {} files, {} of {} directory entries lost",
                       cut.sectors_lost, cut.sectors, cut.sizes_lost, generations.size(), cut.changes_lost,
                       cut.changes);
}

}  // namespace weir::torture
