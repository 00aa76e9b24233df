// Members as the engine encodes them (docs/formats/metadata.md), read with every length checked.
#include "consensus/members.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::uint8_t members_version = 1;
constexpr std::size_t alignment = 8;
// What the engine calls RAFT_STANDBY and RAFT_VOTER.
constexpr std::uint8_t learner = 0, voter = 1;

template <class T>
void put(Bytes& out, T value) {
    out.resize(out.size() + sizeof value);
    store_little(out.data() + out.size() - sizeof value, value);
}

Error malformed(std::string_view what) {
    return {Errc::corrupt, fmt::format("the list of members does not hold: {}", what)};
}

// One member off the front of `rest`.
Result<Member> take_member(ByteView& rest) {
    if (rest.size() < 8) return malformed("it ends within a member");
    const auto id = load_little<std::uint64_t>(rest.data());
    rest = rest.subspan(8);
    const auto zero = std::ranges::find(rest, std::uint8_t{0});
    const auto length = static_cast<std::size_t>(zero - rest.begin());
    if (rest.size() - length < 2) return malformed("an address without an end");
    const auto role = rest[length + 1];
    if (id == 0 || id > std::uint64_t{INT32_MAX} || role > voter) return malformed("a number out of range");
    const auto address = std::string{as_text(rest.first(length))};
    rest = rest.subspan(length + 2);
    return Member{.node = node_of(id), .address = address, .is_voter = role == voter};
}

}  // namespace

Bytes encode_members(const std::vector<Member>& members) {
    Bytes out{members_version};
    put<std::uint64_t>(out, members.size());
    for (const auto& member : members) {
        put<std::uint64_t>(out, engine_id(member.node));
        const auto address = as_bytes(member.address);
        out.insert(out.end(), address.begin(), address.end());
        out.push_back(0);
        out.push_back(member.is_voter ? voter : learner);
    }
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    ASSERT(out.size() <= max_members_bytes);
    return out;
}

Result<std::vector<Member>> decode_members(ByteView bytes) {
    if (bytes.size() < 9 || bytes.size() > max_members_bytes || bytes.size() % alignment != 0 ||
        bytes[0] != members_version)
        return malformed("its size or version");
    const auto count = load_little<std::uint64_t>(bytes.data() + 1);
    if (count == 0 || count > max_members) return malformed("the number of members");
    auto rest = bytes.subspan(9);
    std::vector<Member> out;
    while (out.size() < count) {
        auto member = take_member(rest);
        if (!member) return member.error();
        out.push_back(std::move(*member));
    }
    if (rest.size() >= alignment || std::ranges::any_of(rest, [](auto byte) { return byte != 0; }))
        return malformed("its length");
    if (auto good = check_members(out); !good) return malformed(good.error().message);
    return out;
}

Result<void> check_members(const std::vector<Member>& members) {
    if (members.empty() || members.size() > max_members)
        return Error{Errc::invalid_argument, fmt::format("a group has 1 to {} members", max_members)};
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& one = members[i];
        if (one.node.value < 0 || one.node.value == INT32_MAX || one.address.size() > max_address_bytes ||
            one.address.find('\0') != std::string::npos)
            return Error{Errc::invalid_argument, "a member's number or address is out of range"};
        for (std::size_t j = 0; j < i; ++j) {
            if (members[j].node == one.node || members[j].address == one.address)
                return Error{Errc::invalid_argument,
                             fmt::format("node {} or its address is there already", one.node.value)};
        }
    }
    return {};
}

}  // namespace weir::consensus
