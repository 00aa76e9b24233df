// ASSERT: a bug ends the process at once, in release builds too, with the place and the broken condition.
#pragma once

namespace weir {

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace weir

#define ASSERT(condition) \
    (__builtin_expect(!(condition), 0) ? ::weir::assert_failed(#condition, __FILE__, __LINE__) : (void)0)
