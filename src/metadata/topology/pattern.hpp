// Regular expressions that operators give (permissions, policies): matching takes time in proportion to the
// text, whatever the pattern.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::topology {

inline constexpr std::size_t max_pattern_bytes = 1024;

// Immutable; copies are cheap; safe from any thread.
class Pattern {
  public:
    // Matches nothing.
    Pattern() = default;
    // RE2's syntax: that of Perl without look-around and back-references. invalid_argument with what is
    // wrong.
    static Result<Pattern> compile(std::string_view text);
    // The same; one that does not compile matches nothing.
    static Pattern lenient(std::string_view text);

    // Whether it matches anywhere in `text` (of bytes, not of code points).
    bool matches(std::string_view text) const;

  private:
    enum class Kind { nothing, everything, empty_text, expression };
    struct Expression;  // hides RE2

    Kind kind_ = Kind::nothing;
    std::shared_ptr<const Expression> expression_;
};

// The text as a pattern that matches just it.
std::string quoted_pattern(std::string_view text);

}  // namespace weir::topology
