// Columns and colours.
#include "app/terminal.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "base/assert.hpp"

namespace weir::app {

namespace {

std::string dressed(std::string_view text, const char* style) {
    if (!is_terminal(STDOUT_FILENO)) return std::string{text};
    return fmt::format("\x1b[{}m{}\x1b[0m", style, text);
}

bool is_number(std::string_view cell) {
    return cell == "-" || (!cell.empty() && cell.find_first_not_of("0123456789.-") == std::string_view::npos);
}

// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width_of(std::string_view cell) {
    return static_cast<std::size_t>(
        std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void append_row(std::string& out, const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
                const std::vector<bool>& right) {
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string padding(widths[i] - width_of(row[i]), ' ');
        out += right[i] ? padding + row[i] : row[i] + padding;
        out += i + 1 < row.size() ? "  " : "";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
}

}  // namespace

bool is_terminal(int descriptor) {
    const char* no_color = ::getenv("NO_COLOR");
    return ::isatty(descriptor) == 1 && (no_color == nullptr || *no_color == '\0');
}

std::string bold(std::string_view text) {
    return dressed(text, "1");
}
std::string faint(std::string_view text) {
    return dressed(text, "2");
}

std::string wrapped(const std::string& text, std::size_t width) {
    std::string out = text;
    std::size_t line_start = 0;
    while (out.size() - line_start > width) {
        auto space = out.rfind(' ', line_start + width);
        if (space == std::string::npos || space <= line_start) space = out.find(' ', line_start + width);
        if (space == std::string::npos) break;
        out[space] = '\n';
        line_start = space + 1;
    }
    return out;
}

void Table::add(std::vector<std::string> row) {
    ASSERT(row.size() == header_.size());
    rows_.push_back(std::move(row));
}

std::string Table::text(bool bold_header) const {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (std::size_t i = 0; i < header_.size(); ++i) {
        std::size_t width = width_of(header_[i]);
        bool numbers = !rows_.empty();
        for (const auto& row : rows_) {
            width = std::max(width, width_of(row[i]));
            numbers = numbers && is_number(row[i]);
        }
        widths.push_back(width);
        right.push_back(numbers);
    }
    std::string header, out;
    append_row(header, header_, widths, right);
    if (bold_header) header = "\x1b[1m" + header.substr(0, header.size() - 1) + "\x1b[0m\n";
    out += header;
    for (const auto& row : rows_) append_row(out, row, widths, right);
    return out;
}

void Table::print() const {
    const auto lines = text(is_terminal(STDOUT_FILENO));
    std::fwrite(lines.data(), 1, lines.size(), stdout);
}

}  // namespace weir::app
