// The members' file (docs/formats/metadata.md).
#include "consensus/members_file.hpp"

#include <algorithm>

#include "consensus/checked_block.hpp"
#include "consensus/members.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view list_magic = "weirlist";
constexpr std::uint32_t list_version = 1;

std::string list_path(const std::string& directory) {
    return directory + "/members";
}

}  // namespace

Result<std::optional<std::vector<Member>>> read_members(runtime::FileSystem& files,
                                                        const std::string& directory) {
    using Found = std::optional<std::vector<Member>>;
    const auto path = list_path(directory);
    const auto content = runtime::read_file(files, path, max_members_bytes + block_overhead);
    const auto is_gone = [](const Error& error) {
        return error.code == Errc::not_found || error.code == Errc::corrupt ||
               error.code == Errc::limit_exceeded;
    };
    if (!content) return is_gone(content.error()) ? Result<Found>{Found{}} : content.error();
    if (content->size() < block_overhead) return Found{};
    const auto size = content->size() - block_overhead;
    const auto list = open_block(list_magic, list_version, *content, size, path);
    if (!list) return is_gone(list.error()) ? Result<Found>{Found{}} : list.error();
    auto members = decode_members(*list);
    return members ? Found{std::move(*members)} : Found{};
}

Result<void> write_members(runtime::FileSystem& files, const std::string& directory,
                           const std::vector<Member>& members) {
    return runtime::replace_file(files, list_path(directory),
                                 seal_block(list_magic, list_version, encode_members(members)));
}

bool can_elect_without(NodeId self, const std::vector<Member>& members) {
    const auto voters = std::ranges::count_if(members, &Member::is_voter);
    const auto others = std::ranges::count_if(
        members, [self](const auto& member) { return member.is_voter && member.node != self; });
    return others > voters / 2;
}

}  // namespace weir::consensus
