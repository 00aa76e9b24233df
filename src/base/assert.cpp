// What happens when an assertion fails: one line on standard error, then abort (so that a core is left).
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace weir {

void assert_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "weir: this is a bug: %s:%d: %s does not hold; please report it\n", file, line,
                 condition);
    std::abort();
}

}  // namespace weir
