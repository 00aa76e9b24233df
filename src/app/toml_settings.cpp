// toml++ is seen only here: it is slow to compile.
#include "app/toml_settings.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace weir::app {

namespace {

Error at(const std::string& file, const toml::source_region& where, std::string_view reason) {
    return {Errc::invalid_config, fmt::format("{}:{}: {}", file, where.begin.line, reason)};
}

Result<void> flatten(const toml::table& table, const std::string& prefix, const std::string& file,
                     std::vector<TomlSetting>& out) {
    for (const auto& [key, node] : table) {
        const auto name = prefix + std::string{key.str()};
        const auto add = [&](std::string value, bool is_text) {
            out.push_back({name, std::move(value), node.source().begin.line, is_text});
        };
        if (const auto* inner = node.as_table()) {
            auto done = flatten(*inner, name + ".", file, out);
            if (!done) return done;
        } else if (const auto* text = node.as_string()) {
            add(text->get(), true);
        } else if (const auto* number = node.as_integer()) {
            add(fmt::format("{}", number->get()), false);
        } else if (const auto* real = node.as_floating_point()) {
            add(fmt::format("{}", real->get()), false);
        } else if (const auto* flag = node.as_boolean()) {
            add(flag->get() ? "true" : "false", false);
        } else {
            return at(file, node.source(), fmt::format("{} must be a string, a number, true or false", name));
        }
    }
    return {};
}

}  // namespace

Result<std::vector<TomlSetting>> read_toml(std::string_view text, const std::string& file) {
    const auto parsed = toml::parse(text, file);
    if (!parsed) return at(file, parsed.error().source(), parsed.error().description());
    std::vector<TomlSetting> settings;
    auto done = flatten(parsed.table(), "", file, settings);
    if (!done) return done.error();
    std::sort(settings.begin(), settings.end(), [](const auto& a, const auto& b) {
        return std::tie(a.line, a.name) < std::tie(b.line, b.name);
    });
    return settings;
}

}  // namespace weir::app
