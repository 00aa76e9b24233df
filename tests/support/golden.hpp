// Golden bytes: what other programs wrote, kept as hexadecimal text in tests/golden.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace weir::test {

// The bytes of tests/golden/<name>.hex; blanks, line ends and what follows a '#' on a line are ignored.
// Throws std::runtime_error if there is no such file or it holds anything else.
Bytes golden(const std::string& name);

// The lines of tests/golden/<name> but for those that begin with '#'. Throws if there is no such file.
std::vector<std::string> golden_lines(const std::string& name);

// Hexadecimal text to bytes, as golden() reads it.
Bytes from_hex(const std::string& text);
std::string to_hex(ByteView bytes);

}  // namespace weir::test
