// Reading and writing properties: a word of flags, then the values of those that are there.
#include "protocols/amqp/wire/properties.hpp"

#include <fmt/format.h>

#include "protocols/amqp/wire/reader.hpp"

namespace weir::amqp {

namespace {

constexpr std::uint16_t first_flag = 0x8000;  // the first property's; the next has the next lower bit
constexpr std::uint16_t more_flags = 1;       // another word of flags follows
constexpr std::uint16_t unused_flag = 2;

struct PropertyReader {
    Reader& in;
    std::uint16_t flags;
    std::uint16_t flag = first_flag;

    template <class T>
    void field(std::string_view name, std::optional<T>& value) {
        if (flags & flag) in.field(name, value.emplace());
        flag = static_cast<std::uint16_t>(flag >> 1);
    }
};

struct FlagCollector {
    std::uint16_t flags = 0;
    std::uint16_t flag = first_flag;

    void field(std::string_view, const auto& value) {
        if (value) flags = static_cast<std::uint16_t>(flags | flag);
        flag = static_cast<std::uint16_t>(flag >> 1);
    }
};

struct PropertyWriter {
    Writer& out;

    void field(std::string_view name, const auto& value) {
        if (value) out.field(name, *value);
    }
};

// The first word of flags. There are no properties beyond its own, so that the words after it must be empty.
Result<std::uint16_t> take_flags(Reader& in) {
    std::uint16_t flags = 0;
    in.field("flags", flags);
    for (auto word = flags; in.ok() && word & more_flags;) {
        in.field("flags", word);
        if (word & ~more_flags) return Error(Errc::corrupt, "properties: there is none for a flag");
    }
    if (flags & unused_flag) return Error(Errc::corrupt, "properties: there is none for a flag");
    return flags;
}

}  // namespace

Result<Properties> decode_properties(ByteView bytes) {
    Reader in(bytes);
    const auto flags = take_flags(in);
    if (!flags) return flags.error();
    Properties properties;
    Properties::fields(properties, PropertyReader{in, *flags});
    if (!in.ok()) return Error(Errc::corrupt, fmt::format("properties: {}", in.problem()));
    if (!in.rest().empty()) return Error(Errc::corrupt, "properties: bytes follow the last one");
    return properties;
}

void write_properties(Writer& out, const Properties& properties) {
    FlagCollector collector;
    Properties::fields(properties, collector);
    out.number(collector.flags);
    Properties::fields(properties, PropertyWriter{out});
}

Bytes encode_properties(const Properties& properties) {
    Bytes bytes;
    Writer out(bytes);
    write_properties(out, properties);
    out.finish();
    return bytes;
}

}  // namespace weir::amqp
