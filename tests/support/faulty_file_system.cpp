// Files and directories in memory, each as it is now and as it is on disk.
#include "support/faulty_file_system.hpp"

#include "base/assert.hpp"

namespace weir::test {

using runtime::File;
using runtime::OpenMode;

namespace {

constexpr std::size_t sector = 512;

void write_at(Bytes& content, std::uint64_t position, ByteView bytes) {
    if (content.size() < position + bytes.size()) content.resize(position + bytes.size());
    std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(position));
}

}  // namespace

// A write, or (without bytes) a cut or extension to `position`.
struct FaultyFileSystem::Change {
    std::uint64_t position = 0;
    std::optional<Bytes> bytes;

    void apply(Bytes& content) const {
        if (bytes) {
            write_at(content, position, *bytes);
        } else {
            content.resize(position);
        }
    }
};

struct FaultyFileSystem::Inode {
    Bytes now;
    Bytes durable;
    std::vector<Change> unsynced;

    void change(Change change) {
        change.apply(now);
        unsynced.push_back(std::move(change));
    }
    void sync() {
        for (const auto& change : unsynced) change.apply(durable);
        unsynced.clear();
    }
};

struct FaultyFileSystem::Entry {
    std::shared_ptr<Inode> file;
    std::shared_ptr<Directory> directory;
};

// Names that appear or go in one step.
struct FaultyFileSystem::EntryChange {
    std::vector<std::pair<std::string, std::optional<Entry>>> names;

    void apply(std::map<std::string, Entry>& entries) const {
        for (const auto& [name, entry] : names) {
            if (entry) {
                entries[name] = *entry;
            } else {
                entries.erase(name);
            }
        }
    }
};

struct FaultyFileSystem::Directory {
    std::map<std::string, Entry> now;
    std::map<std::string, Entry> durable;
    std::vector<EntryChange> unsynced;

    void change(EntryChange change) {
        change.apply(now);
        unsynced.push_back(std::move(change));
    }
    void sync() {
        for (const auto& change : unsynced) change.apply(durable);
        unsynced.clear();
    }
};

class FaultyFileSystem::OpenFile : public File {
  public:
    OpenFile(FaultyFileSystem& files, std::string path, std::shared_ptr<Inode> inode, std::uint64_t life)
        : files_(files), path_(std::move(path)), inode_(std::move(inode)), life_(life) {}
    ~OpenFile() override {
        const Lock lock{files_.mutex_};
        if (locked_ && life_ == files_.life_) files_.locks_.erase(path_);
    }

    using File::write;

    Result<std::size_t> read(std::uint64_t position, ByteSpan out) override {
        const Lock lock{files_.mutex_};
        if (auto error = files_.fault(Operation::read, path_)) return *error;
        const auto size = inode_->now.size();
        const auto count = position >= size ? 0 : std::min<std::size_t>(out.size(), size - position);
        std::copy_n(inode_->now.begin() + static_cast<std::ptrdiff_t>(std::min(position, size)), count,
                    out.begin());
        return count;
    }

    Result<void> write(std::uint64_t position, std::span<const ByteView> parts) override {
        const Lock lock{files_.mutex_};
        Bytes bytes;
        for (const auto& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
        if (files_.dead(life_) || !files_.step()) return {};
        if (auto error = files_.fault(Operation::write, path_)) {
            bytes.resize(files_.random_() % (bytes.size() + 1));
            if (!bytes.empty()) inode_->change({position, std::move(bytes)});
            return *error;
        }
        const auto grows =
            position + bytes.size() > inode_->now.size() ? position + bytes.size() - inode_->now.size() : 0;
        const auto used = files_.used();
        if (grows > 0 && used + grows > files_.capacity_) {
            const auto missing = std::min<std::uint64_t>(used + grows - files_.capacity_, bytes.size());
            bytes.resize(bytes.size() - missing);
            if (!bytes.empty()) inode_->change({position, std::move(bytes)});
            return Error{Errc::no_space, "write " + path_ + ": no room"};
        }
        inode_->change({position, std::move(bytes)});
        return {};
    }

    Result<void> sync_data() override {
        const Lock lock{files_.mutex_};
        if (files_.dead(life_) || !files_.step()) return {};
        if (auto error = files_.fault(Operation::sync, path_)) return *error;
        inode_->sync();
        return {};
    }

    Result<void> sync_file_system() override {
        const Lock lock{files_.mutex_};
        if (files_.dead(life_) || !files_.step()) return {};
        if (auto error = files_.fault(Operation::sync, path_)) return *error;
        sync_all(*files_.root_);
        return {};
    }

    Result<void> truncate(std::uint64_t size) override {
        const Lock lock{files_.mutex_};
        if (files_.dead(life_) || !files_.step()) return {};
        if (auto error = files_.fault(Operation::truncate, path_)) return *error;
        if (size != inode_->now.size()) inode_->change({size, std::nullopt});
        return {};
    }

    Result<std::uint64_t> size() override {
        const Lock lock{files_.mutex_};
        return inode_->now.size();
    }
    void drop_cache(std::uint64_t, std::uint64_t) override {}
    int descriptor() const override { return -1; }

    bool locked_ = false;

  private:
    static void sync_all(Directory& directory) {
        for (auto& [name, entry] : directory.now) {
            if (entry.directory) sync_all(*entry.directory);
            if (entry.file) entry.file->sync();
        }
    }

    FaultyFileSystem& files_;
    const std::string path_;
    const std::shared_ptr<Inode> inode_;
    const std::uint64_t life_;
};

FaultyFileSystem::FaultyFileSystem(std::uint64_t seed)
    : random_(seed), root_(std::make_unique<Directory>()) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::inject(Fault fault) {
    const Lock lock{mutex_};
    faults_.push_back(std::move(fault));
}

void FaultyFileSystem::clear_faults() {
    const Lock lock{mutex_};
    faults_.clear();
}

void FaultyFileSystem::set_capacity(std::uint64_t bytes) {
    const Lock lock{mutex_};
    capacity_ = bytes;
}

void FaultyFileSystem::stop_at(std::uint64_t step) {
    const Lock lock{mutex_};
    stop_at_ = step;
}

bool FaultyFileSystem::stopped() const {
    const Lock lock{mutex_};
    return stopped_;
}

std::uint64_t FaultyFileSystem::steps() const {
    const Lock lock{mutex_};
    return steps_;
}

// Counts a call that changes something; false if the process is over.
bool FaultyFileSystem::step() {
    if (steps_ >= stop_at_) stopped_ = true;
    ++steps_;
    return !stopped_;
}

std::optional<Error> FaultyFileSystem::fault(Operation operation, const std::string& path) {
    for (auto& fault : faults_) {
        if (fault.times <= 0 || (fault.operation != Operation::any && fault.operation != operation)) continue;
        if (path.find(fault.path) == std::string::npos || fault.skip-- > 0) continue;
        --fault.times;
        return Error{fault.code, path + ": injected fault"};
    }
    return std::nullopt;
}

void FaultyFileSystem::crash(Crash kind) {
    const Lock lock{mutex_};
    ++life_;
    stopped_ = false;
    stop_at_ = UINT64_MAX;
    locks_.clear();
    faults_.clear();
    if (kind == Crash::power_cut) forget_unsynced(*root_);
}

void FaultyFileSystem::forget_unsynced(Directory& directory) {
    directory.unsynced.resize(random_() % (directory.unsynced.size() + 1));
    directory.sync();
    directory.now = directory.durable;
    for (auto& [name, entry] : directory.now) {
        if (entry.directory) forget_unsynced(*entry.directory);
        if (entry.file) forget_unsynced(*entry.file);
    }
}

void FaultyFileSystem::forget_unsynced(Inode& inode) {
    const auto keep_percent = random_() % 3 * 50;
    for (const auto& change : inode.unsynced) {
        if (!change.bytes) {
            if (random_() % 100 < keep_percent) change.apply(inode.durable);
            continue;
        }
        for (std::uint64_t at = 0; at < change.bytes->size();) {
            const auto count =
                std::min<std::uint64_t>(sector - (change.position + at) % sector, change.bytes->size() - at);
            if (random_() % 100 < keep_percent) {
                write_at(inode.durable, change.position + at, ByteView{*change.bytes}.subspan(at, count));
            }
            at += count;
        }
    }
    inode.unsynced.clear();
    inode.now = inode.durable;
}

std::pair<std::string, std::string> FaultyFileSystem::split(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

FaultyFileSystem::Directory* FaultyFileSystem::directory(const std::string& path) {
    auto* at = root_.get();
    if (path == ".") return at;
    for (std::size_t from = 0; from < path.size();) {
        const auto slash = std::min(path.find('/', from), path.size());
        const auto found = at->now.find(path.substr(from, slash - from));
        if (found == at->now.end() || !found->second.directory) return nullptr;
        at = found->second.directory.get();
        from = slash + 1;
    }
    return at;
}

FaultyFileSystem::Inode& FaultyFileSystem::file(const std::string& path) {
    const auto [parent, name] = split(path);
    return *directory(parent)->now.at(name).file;
}

std::uint64_t FaultyFileSystem::used() const {
    std::uint64_t bytes = 0;
    std::vector<const Directory*> left{root_.get()};
    while (!left.empty()) {
        const auto* at = left.back();
        left.pop_back();
        for (const auto& [name, entry] : at->now) {
            if (entry.directory) left.push_back(entry.directory.get());
            if (entry.file) bytes += entry.file->now.size();
        }
    }
    return bytes;
}

void FaultyFileSystem::flip_bit(const std::string& path, std::uint64_t position) {
    const Lock lock{mutex_};
    auto& inode = file(path);
    inode.sync();
    inode.now.at(position) ^= 1;
    inode.durable = inode.now;
}

void FaultyFileSystem::zero(const std::string& path, std::uint64_t position, std::uint64_t length) {
    const Lock lock{mutex_};
    auto& inode = file(path);
    inode.sync();
    const auto end = std::min<std::uint64_t>(position + length, inode.now.size());
    for (auto at = position; at < end; ++at) inode.now[at] = 0;
    inode.durable = inode.now;
}

void FaultyFileSystem::cut(const std::string& path, std::uint64_t size) {
    const Lock lock{mutex_};
    auto& inode = file(path);
    inode.sync();
    inode.now.resize(size);
    inode.durable = inode.now;
}

void FaultyFileSystem::lose(const std::string& path) {
    const Lock lock{mutex_};
    const auto [parent, name] = split(path);
    auto* folder = directory(parent);
    ASSERT(folder != nullptr);
    folder->sync();
    folder->now.erase(name);
    folder->durable = folder->now;
}

void FaultyFileSystem::lose_unsynced(const std::string& path) {
    const Lock lock{mutex_};
    file(path).unsynced.clear();
}

void FaultyFileSystem::collect(const Directory& directory, const std::string& path,
                               std::vector<std::string>& out) {
    for (const auto& [name, entry] : directory.now) {
        const auto here = path.empty() ? name : path + "/" + name;
        if (entry.directory) collect(*entry.directory, here, out);
        if (entry.file) out.push_back(here);
    }
}

std::vector<std::string> FaultyFileSystem::paths() const {
    const Lock lock{mutex_};
    std::vector<std::string> all;
    collect(*root_, "", all);
    return all;
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode mode) {
    const Lock lock{mutex_};
    if (auto error = fault(Operation::open, path)) return *error;
    const auto [parent, name] = split(path);
    auto* folder = directory(parent);
    if (folder == nullptr) return Error{Errc::not_found, "open " + path};
    std::shared_ptr<Inode> inode;
    if (const auto found = folder->now.find(name); found != folder->now.end()) {
        inode = found->second.file;
    } else {
        if (mode != OpenMode::create) return Error{Errc::not_found, "open " + path};
        inode = std::make_shared<Inode>();
        if (!stopped_ && step()) folder->change({{{name, Entry{inode, nullptr}}}});
    }
    if (!inode) return Error{Errc::io_error, "open " + path + ": is a directory"};
    return std::unique_ptr<File>{std::make_unique<OpenFile>(*this, path, std::move(inode), life_)};
}

Result<void> FaultyFileSystem::make_directories(const std::string& path) {
    const Lock lock{mutex_};
    for (std::size_t end = 0; end < path.size();) {
        end = std::min(path.find('/', end + 1), path.size());
        const auto part = path.substr(0, end);
        if (part.empty() || directory(part) != nullptr) continue;
        if (stopped_ || !step()) return {};
        const auto [parent, name] = split(part);
        directory(parent)->change({{{name, Entry{nullptr, std::make_shared<Directory>()}}}});
    }
    return {};
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& path) {
    const Lock lock{mutex_};
    if (auto error = fault(Operation::list, path)) return *error;
    const auto* folder = directory(path);
    if (folder == nullptr) return Error{Errc::not_found, "list " + path};
    std::vector<std::string> names;
    for (const auto& [name, entry] : folder->now) names.push_back(name);
    return names;
}

Result<std::uint64_t> FaultyFileSystem::file_size(const std::string& path) {
    const Lock lock{mutex_};
    const auto [parent, name] = split(path);
    const auto* folder = directory(parent);
    if (folder == nullptr || !folder->now.contains(name)) return Error{Errc::not_found, "stat " + path};
    const auto& entry = folder->now.at(name);
    return entry.file ? entry.file->now.size() : 0;
}

Result<void> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
    const Lock lock{mutex_};
    if (stopped_ || !step()) return {};
    if (auto error = fault(Operation::rename, from)) return *error;
    const auto [parent, name] = split(from);
    const auto [to_parent, to_name] = split(to);
    ASSERT(parent == to_parent);
    auto* folder = directory(parent);
    if (folder == nullptr || !folder->now.contains(name)) return Error{Errc::not_found, "rename " + from};
    const auto entry = folder->now.at(name);
    folder->change({{{name, std::nullopt}, {to_name, entry}}});
    return {};
}

Result<void> FaultyFileSystem::remove(const std::string& path) {
    const Lock lock{mutex_};
    if (stopped_ || !step()) return {};
    if (auto error = fault(Operation::remove, path)) return *error;
    const auto [parent, name] = split(path);
    auto* folder = directory(parent);
    if (folder == nullptr || !folder->now.contains(name)) return {};
    const auto& entry = folder->now.at(name);
    if (entry.directory && !entry.directory->now.empty())
        return Error{Errc::io_error, "remove " + path + ": not empty"};
    folder->change({{{name, std::nullopt}}});
    return {};
}

Result<void> FaultyFileSystem::sync_directory(const std::string& path) {
    const Lock lock{mutex_};
    if (stopped_ || !step()) return {};
    if (auto error = fault(Operation::sync_directory, path)) return *error;
    auto* folder = directory(path);
    if (folder == nullptr) return Error{Errc::not_found, "sync " + path};
    folder->sync();
    return {};
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(const std::string&) {
    const Lock lock{mutex_};
    const auto taken = used();
    return capacity_ > taken ? capacity_ - taken : 0;
}

Result<std::unique_ptr<File>> FaultyFileSystem::lock(const std::string& path) {
    auto opened = open(path, OpenMode::create);
    if (!opened) return opened;
    const Lock lock{mutex_};
    if (!locks_.insert(path).second)
        return Error{Errc::already_exists, path + " is locked by another process"};
    static_cast<OpenFile&>(**opened).locked_ = true;
    return opened;
}

}  // namespace weir::test
