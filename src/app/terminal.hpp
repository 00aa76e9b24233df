// Output for people: tables, and colour only where there is a terminal to show it (and no NO_COLOR).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

bool is_terminal(int descriptor);

// `text` as it stands or, if standard output is a terminal, emphasised.
std::string bold(std::string_view text);
std::string faint(std::string_view text);

// `text` broken at its spaces into lines of at most `width` characters, where words allow.
std::string wrapped(const std::string& text, std::size_t width);

// Rows under a header, in columns as wide as their widest cell; a column of numbers is set to the right.
class Table {
  public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

    void add(std::vector<std::string> row);  // as many cells as the header
    bool empty() const { return rows_.empty(); }
    // The lines, with bold_header's header if it is a terminal's.
    std::string text(bool bold_header) const;
    void print() const;

  private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace weir::app
