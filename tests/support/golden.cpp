// Reads the files below WEIR_GOLDEN_DIRECTORY, which the build sets to the source tree's tests/golden.
#include "support/golden.hpp"

#include <fstream>
#include <stdexcept>

namespace weir::test {

namespace {

std::ifstream open_golden(const std::string& name) {
    std::ifstream file(WEIR_GOLDEN_DIRECTORY "/" + name);
    if (!file) throw std::runtime_error("no golden file " + name);
    return file;
}

}  // namespace

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    int high = -1;
    bool comment = false;
    for (const char c : text) {
        if (c == '\n') comment = false;
        if (c == '#') comment = true;
        if (comment || c == ' ' || c == '\n' || c == '\r') continue;
        const auto digit = std::string_view("0123456789abcdef").find(c);
        if (digit == std::string_view::npos) throw std::runtime_error("not hexadecimal: " + text);
        if (high < 0) {
            high = static_cast<int>(digit);
        } else {
            bytes.push_back(static_cast<std::uint8_t>(high << 4 | static_cast<int>(digit)));
            high = -1;
        }
    }
    if (high >= 0) throw std::runtime_error("an odd number of hexadecimal digits");
    return bytes;
}

std::string to_hex(ByteView bytes) {
    std::string text;
    for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

std::vector<std::string> golden_lines(const std::string& name) {
    auto file = open_golden(name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) lines.push_back(line);
    }
    return lines;
}

Bytes golden(const std::string& name) {
    auto file = open_golden(name + ".hex");
    return from_hex({std::istreambuf_iterator<char>(file), {}});
}

}  // namespace weir::test
