// The listing of segment files.
#include "log/topic_files.hpp"

#include "log/layout.hpp"

namespace weir::log {

Result<TopicFiles> TopicFiles::list(runtime::FileSystem& files, const std::string& topics_directory) {
    TopicFiles found;
    found.topics_directory_ = topics_directory;
    const auto folders = files.list(topics_directory);
    if (!folders) return folders.error();
    for (const auto& folder : *folders) {
        const auto topic_id = parse_topic_folder(folder);
        if (!topic_id) continue;
        const auto path = topics_directory + "/" + folder;
        const auto names = files.list(path);
        if (!names) return names.error();
        found.folders_[*topic_id] = path;
        for (const auto& name : *names) {
            if (const auto damaged = parse_damage_name(name))
                found.damage_files_[{*topic_id, *damaged}] = path + "/" + name;
            const auto parsed = parse_segment_name(name);
            if (!parsed) continue;
            auto& segment = found.segments_[{*topic_id, parsed->partition}][parsed->base];
            if (parsed->index) {
                segment.has_index = true;
                continue;
            }
            const auto size = files.file_size(path + "/" + name);
            if (!size) return size.error();
            segment.has_log = true;
            segment.size = *size;
        }
    }
    return found;
}

TopicFiles::Segment* TopicFiles::find(const LogKey& key, Offset base) {
    const auto log = segments_.find(key);
    if (log == segments_.end()) return nullptr;
    const auto segment = log->second.find(base);
    return segment == log->second.end() || !segment->second.has_log ? nullptr : &segment->second;
}

TopicFiles::Segment* TopicFiles::want(const LogKey& key, Offset base) {
    const auto log = segments_.find(key);
    if (log == segments_.end()) return nullptr;
    const auto segment = log->second.find(base);
    if (segment == log->second.end()) return nullptr;
    segment->second.wanted = true;
    return &segment->second;
}

void TopicFiles::want_all(const LogKey& key) {
    damaged_.insert(key);
    const auto log = segments_.find(key);
    if (log == segments_.end()) return;
    for (auto& [base, segment] : log->second) segment.wanted = true;
}

std::optional<std::string> TopicFiles::damage_file(const LogKey& key) const {
    const auto found = damage_files_.find(key);
    return found == damage_files_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<Offset> TopicFiles::last_base(const LogKey& key, Offset offset) const {
    const auto log = segments_.find(key);
    if (log == segments_.end()) return std::nullopt;
    const auto after = log->second.upper_bound(offset);
    return after == log->second.begin() ? std::nullopt : std::optional{std::prev(after)->first};
}

std::string TopicFiles::stem(const LogKey& key, const std::string& label, Offset base) const {
    return topics_directory_ + "/" + topic_folder(label, key.topic_id) + "/" +
           segment_stem(key.partition, base);
}

Result<void> TopicFiles::remove_indexes(runtime::FileSystem& files, const LogKey& key, Offset base) {
    const auto log = segments_.find(key);
    const auto folder = folders_.find(key.topic_id);
    if (log == segments_.end() || folder == folders_.end()) return {};
    for (auto at = log->second.lower_bound(base); at != log->second.end(); ++at) {
        const auto path = folder->second + "/" + segment_stem(key.partition, at->first) + ".index";
        if (auto done = files.remove(path); !done) return done;
        at->second.has_index = false;
    }
    return {};
}

Result<UnwantedFiles> TopicFiles::take_unwanted(
    runtime::FileSystem& files, const std::function<bool(const LogKey&, Offset)>& may_come_back) {
    UnwantedFiles unwanted;
    std::unordered_set<Uuid> kept;
    for (const auto& [key, segments] : segments_) {
        for (const auto& [base, segment] : segments) {
            if (segment.wanted) {
                kept.insert(key.topic_id);
                continue;
            }
            const bool now = may_come_back(key, base);
            if (!now) unwanted.logs.insert(key);
            for (const auto* ending : {".log", ".index"}) {
                auto path = folders_.at(key.topic_id) + "/" + segment_stem(key.partition, base) + ending;
                if (!now) {
                    unwanted.paths.push_back(std::move(path));
                } else if (auto done = files.remove(path); !done) {
                    return done.error();
                }
            }
        }
    }
    for (const auto& [key, path] : damage_files_) {
        damaged_.contains(key) ? void(kept.insert(key.topic_id)) : unwanted.paths.push_back(path);
    }
    for (const auto& [topic_id, path] : folders_) {
        if (!kept.contains(topic_id)) unwanted.paths.push_back(path);  // stays if something else is in it
    }
    return unwanted;
}

}  // namespace weir::log
