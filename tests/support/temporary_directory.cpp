// A test's own directory below the machine's directory for temporary files.
#include "support/temporary_directory.hpp"

#include <stdlib.h>

#include <filesystem>

#include "base/assert.hpp"

namespace weir::test {

TemporaryDirectory::TemporaryDirectory() {
    root_ = (std::filesystem::temp_directory_path() / "weir-test-XXXXXX").string();
    ASSERT(::mkdtemp(root_.data()) != nullptr);
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

std::string TemporaryDirectory::path(const std::string& name) const {
    return name.empty() ? root_ : root_ + "/" + name;
}

}  // namespace weir::test
