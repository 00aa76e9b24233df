// The undo area's records, written before each change.
#include "cluster/node/undo_area.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/assert.hpp"

namespace weir::torture {

std::uint64_t size_of(int descriptor) {
    struct stat status{};
    ASSERT(::fstat(descriptor, &status) == 0);
    return static_cast<std::uint64_t>(status.st_size);
}

namespace {

namespace fs = std::filesystem;

void write_all(int descriptor, const void* bytes, std::size_t size) {
    ASSERT(::write(descriptor, bytes, size) == static_cast<ssize_t>(size));
}

std::uint64_t number_in(const std::string& text) {
    return std::stoull(text);
}

std::string normal(const std::string& path) {
    const auto out = fs::path{path}.lexically_normal();
    return (out.has_filename() ? out : out.parent_path()).string();
}

}  // namespace

Inode::Descriptor::~Descriptor() {
    if (number >= 0) ::close(number);
}

Inode::Inode(std::string prefix, std::uint64_t next_generation, std::vector<std::uint64_t> old)
    : prefix_(std::move(prefix)), generation_(next_generation), pending_(std::move(old)) {}

std::string Inode::path(std::uint64_t generation) const {
    return fmt::format("{}.{}.undo", prefix_, generation);
}

void Inode::open_generation(int descriptor) {
    file_ = std::make_unique<Descriptor>();
    file_->number =
        ::open(path(generation_).c_str(), O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0640);
    ASSERT(file_->number >= 0);
    pending_.push_back(generation_);
    old_size_ = size_of(descriptor);
    write_all(file_->number, &old_size_, sizeof old_size_);
}

void Inode::record(int descriptor, std::uint64_t position, std::uint64_t length) {
    if (length == 0) return;
    const std::lock_guard lock{mutex_};
    if (!file_) open_generation(descriptor);
    const auto end = (position + length + sector_bytes - 1) / sector_bytes;
    for (auto sector = position / sector_bytes; sector < end; ++sector) {
        if (sectors_.insert(sector).second) append(descriptor, sector * sector_bytes, sector_bytes);
    }
}

void Inode::append(int descriptor, std::uint64_t position, std::uint64_t length) {
    std::array<char, 3 * sizeof(std::uint64_t) + sector_bytes> entry{};
    const auto there = position < old_size_ ? std::min(length, old_size_ - position) : 0;
    const std::array<std::uint64_t, 3> head{there > 0 ? 1u : 0u, position, there > 0 ? there : length};
    std::memcpy(entry.data(), head.data(), sizeof head);
    if (there > 0) {
        // A file that was cut and grew again has zeros now where it had bytes: cutting has recorded those.
        ASSERT(::pread(descriptor, entry.data() + sizeof head, there, static_cast<off_t>(position)) >= 0);
    }
    write_all(file_->number, entry.data(), sizeof head + there);
}

std::vector<std::uint64_t> Inode::begin_sync() {
    const std::unique_lock changes{order_};
    const std::lock_guard lock{mutex_};
    file_.reset();
    sectors_.clear();
    ++generation_;
    return pending_;
}

void Inode::end_sync(const std::vector<std::uint64_t>& covered) {
    const std::lock_guard lock{mutex_};
    for (const auto generation : covered) {
        ::unlink(path(generation).c_str());
        std::erase(pending_, generation);
    }
}

bool Inode::is_synced() const {
    const std::lock_guard lock{mutex_};
    return pending_.empty();
}

UndoArea::UndoArea(std::string directory) : directory_(std::move(directory)) {
    fs::create_directories(directory_);
    std::map<std::uint64_t, std::vector<std::uint64_t>> generations;
    std::vector<std::uint64_t> links;
    for (const auto& entry : fs::directory_iterator{directory_}) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".inode")) links.push_back(number_in(name));
        if (name.ends_with(".undo"))
            generations[number_in(name)].push_back(number_in(name.substr(name.find('.') + 1)));
        if (name.starts_with("change.") && !name.ends_with(".saved")) {
            std::ifstream file{entry.path()};
            std::string kind, parent;
            std::getline(file, kind);
            std::getline(file, parent);
            changes_[number_in(name.substr(7))] = parent;
        }
    }
    for (const auto number : links) {
        auto& old = generations[number];
        std::sort(old.begin(), old.end());
        const auto next = old.empty() ? 1 : old.back() + 1;
        inodes_[number] = std::make_shared<Inode>(fmt::format("{}/{}", directory_, number), next, old);
    }
    if (!changes_.empty()) next_change_ = changes_.rbegin()->first + 1;
}

std::shared_ptr<Inode> UndoArea::open(int descriptor, const std::string& path) {
    struct stat status{};
    ASSERT(::fstat(descriptor, &status) == 0);
    const std::lock_guard lock{mutex_};
    auto& inode = inodes_[status.st_ino];
    if (!inode) {
        const auto prefix = fmt::format("{}/{}", directory_, status.st_ino);
        ASSERT(::link(path.c_str(), (prefix + ".inode").c_str()) == 0);
        inode = std::make_shared<Inode>(prefix, 1, std::vector<std::uint64_t>{});
    }
    ++inode->users;
    return inode;
}

void UndoArea::release(const std::shared_ptr<Inode>& inode) {
    const std::lock_guard lock{mutex_};
    if (--inode->users > 0 || !inode->is_synced()) return;
    ::unlink((inode->prefix() + ".inode").c_str());
    std::erase_if(inodes_, [&](const auto& entry) { return entry.second == inode; });
}

std::vector<std::shared_ptr<Inode>> UndoArea::inodes() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::shared_ptr<Inode>> all;
    for (const auto& [number, inode] : inodes_) all.push_back(inode);
    return all;
}

std::string UndoArea::change_path(std::uint64_t number) const {
    return fmt::format("{}/change.{:020}", directory_, number);
}

void UndoArea::change(const char* kind, const std::string& path, const std::string& other,
                      const std::string& saved) {
    const std::lock_guard lock{mutex_};
    const auto number = next_change_++;
    const auto parent = fs::path{normal(path)}.parent_path().string();
    if (!saved.empty() && ::link(saved.c_str(), (change_path(number) + ".saved").c_str()) != 0)
        ASSERT(errno == ENOENT || errno == EPERM);  // nothing there; a directory
    std::ofstream{change_path(number)} << kind << '\n' << parent << '\n' << path << '\n' << other << '\n';
    changes_[number] = parent;
}

void UndoArea::will_create(const std::string& path) {
    change("create", path, "", "");
}

void UndoArea::will_make_directory(const std::string& path) {
    change("make", path, "", "");
}

void UndoArea::will_rename(const std::string& from, const std::string& to) {
    change("rename", from, to, to);
}

void UndoArea::will_remove(const std::string& path) {
    change(fs::is_directory(path) ? "unmake" : "remove", path, "", path);
}

std::vector<std::uint64_t> UndoArea::begin_sync(const std::string& directory) const {
    const std::lock_guard lock{mutex_};
    std::vector<std::uint64_t> covered;
    for (const auto& [number, parent] : changes_) {
        if (directory.empty() || parent == normal(directory)) covered.push_back(number);
    }
    return covered;
}

void UndoArea::end_sync(const std::vector<std::uint64_t>& covered) {
    const std::lock_guard lock{mutex_};
    for (const auto number : covered) {
        ::unlink((change_path(number) + ".saved").c_str());
        ::unlink(change_path(number).c_str());
        changes_.erase(number);
    }
}

}  // namespace weir::torture
