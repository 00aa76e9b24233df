// Formats are taken apart once and then walked for each record.
#include "app/record_format.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace weir::app {

namespace {

constexpr std::string_view fields = "tpoTkshKS";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Reads what follows a backslash at `at`, and moves `at` behind it.
std::optional<char> escaped(std::string_view format, std::size_t& at) {
    if (at >= format.size()) return std::nullopt;
    switch (format[at++]) {
        case 'n': return '\n';
        case 't': return '\t';
        case 'r': return '\r';
        case '0': return '\0';
        case '\\': return '\\';
        case 'x': {
            if (at + 2 > format.size()) return std::nullopt;
            const int high = hex_digit(format[at]), low = hex_digit(format[at + 1]);
            at += 2;
            if (high < 0 || low < 0) return std::nullopt;
            return static_cast<char>(high * 16 + low);
        }
        default: return std::nullopt;
    }
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += i + k > bytes.size() ? '=' : alphabet[group >> (18 - 6 * k) & 63];
        }
    }
    return out;
}

bool is_utf8(std::string_view text) {
    try {
        nlohmann::json(std::string{text}).dump();
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

void put_text(nlohmann::ordered_json& object, const std::string& name,
              const std::optional<std::string_view>& text) {
    if (!text) {
        object[name] = nullptr;
    } else if (is_utf8(*text)) {
        object[name] = std::string{*text};
    } else {
        object[name + "_base64"] = base64(*text);
    }
}

std::string size_of(const std::optional<std::string_view>& text) {
    return text ? std::to_string(text->size()) : "-1";
}

std::string headers_text(const std::vector<client::Header>& headers) {
    std::string out;
    for (const auto& [name, value] : headers) {
        out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, value.value_or("NULL"));
    }
    return out;
}

void append_field(std::string& out, char field, const client::Record& record) {
    switch (field) {
        case 't': out += record.topic; break;
        case 'p': out += std::to_string(record.partition); break;
        case 'o': out += std::to_string(record.offset); break;
        case 'T': out += std::to_string(record.timestamp_ms); break;
        case 'k': out += record.key.value_or("NULL"); break;
        case 's': out += record.value.value_or("NULL"); break;
        case 'h': out += headers_text(record.headers); break;
        case 'K': out += size_of(record.key); break;
        case 'S': out += size_of(record.value); break;
        default: break;
    }
}

}  // namespace

Result<RecordFormat> RecordFormat::parse(std::string_view format) {
    RecordFormat out;
    std::string text;
    const auto wrong = [&](std::size_t at, const char* reason) {
        return Error{Errc::invalid_argument,
                     fmt::format("--format: {} at character {} of '{}'", reason, at, format)};
    };
    for (std::size_t at = 0; at < format.size();) {
        const auto start = at;
        const char c = format[at++];
        if (c == '\\') {
            const auto meant = escaped(format, at);
            if (!meant) return wrong(start + 1, "no escape of \\n \\t \\r \\0 \\\\ \\xHH");
            text += *meant;
        } else if (c == '%') {
            const char field = at < format.size() ? format[at++] : '\0';
            if (field == '%') {
                text += '%';
                continue;
            }
            if (field == '\0' || fields.find(field) == std::string_view::npos) {
                return wrong(start + 1, "no field of %t %p %o %T %k %s %h %K %S %%");
            }
            if (!text.empty()) out.pieces_.push_back({0, std::exchange(text, {})});
            out.pieces_.push_back({field, {}});
        } else {
            text += c;
        }
    }
    if (!text.empty()) out.pieces_.push_back({0, std::move(text)});
    return out;
}

void RecordFormat::append(std::string& out, const client::Record& record) const {
    for (const auto& piece : pieces_) {
        if (piece.field == 0) {
            out += piece.text;
        } else {
            append_field(out, piece.field, record);
        }
    }
}

void append_json(std::string& out, const client::Record& record) {
    nlohmann::ordered_json object;
    if (!record.topic.empty())
        object = {{"topic", std::string{record.topic}}, {"partition", record.partition}};
    object["offset"] = record.offset;
    object["timestamp_ms"] = record.timestamp_ms;
    put_text(object, "key", record.key);
    put_text(object, "value", record.value);
    auto headers = nlohmann::ordered_json::array();
    for (const auto& [name, value] : record.headers) {
        nlohmann::ordered_json header{{"name", name}};
        put_text(header, "value", value);
        headers.push_back(std::move(header));
    }
    object["headers"] = std::move(headers);
    out += object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    out += '\n';
}

}  // namespace weir::app
