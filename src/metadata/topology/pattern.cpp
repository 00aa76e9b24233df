// Patterns by RE2, but for the few that most permissions are.
#include "metadata/topology/pattern.hpp"

#include <re2/re2.h>

namespace weir::topology {

namespace {

constexpr std::int64_t max_program_bytes = 1 << 20;  // of one compiled pattern and its automaton

RE2::Options options() {
    RE2::Options out{RE2::Latin1};
    out.set_log_errors(false);
    out.set_max_mem(max_program_bytes);
    return out;
}

}  // namespace

struct Pattern::Expression {
    explicit Expression(std::string_view text) : compiled({text.data(), text.size()}, options()) {}
    RE2 compiled;
};

Result<Pattern> Pattern::compile(std::string_view text) {
    Pattern out;
    if (text.size() > max_pattern_bytes) {
        return Error{Errc::invalid_argument,
                     fmt::format("a pattern has at most {} characters", max_pattern_bytes)};
    }
    if (text == ".*" || text == "^.*$" || text == "^.*" || text.empty()) {
        out.kind_ = Kind::everything;
    } else if (text == "^$") {
        out.kind_ = Kind::empty_text;
    } else {
        auto expression = std::make_shared<const Expression>(text);
        if (!expression->compiled.ok()) {
            return Error{Errc::invalid_argument,
                         fmt::format("the pattern '{}' is not one: {}", text, expression->compiled.error())};
        }
        out.kind_ = Kind::expression;
        out.expression_ = std::move(expression);
    }
    return out;
}

Pattern Pattern::lenient(std::string_view text) {
    auto compiled = compile(text);
    return compiled ? std::move(*compiled) : Pattern{};
}

bool Pattern::matches(std::string_view text) const {
    switch (kind_) {
        case Kind::nothing: return false;
        case Kind::everything: return true;
        case Kind::empty_text: return text.empty();
        case Kind::expression: break;
    }
    return RE2::PartialMatch({text.data(), text.size()}, expression_->compiled);
}

std::string quoted_pattern(std::string_view text) {
    return RE2::QuoteMeta({text.data(), text.size()});
}

}  // namespace weir::topology
