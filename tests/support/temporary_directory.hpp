// A directory for one test, removed with all it holds when the test ends.
#pragma once

#include <string>

namespace weir::test {

class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    // The path of `name` within it; "" for the directory itself.
    std::string path(const std::string& name = "") const;

  private:
    std::string root_;
};

}  // namespace weir::test
