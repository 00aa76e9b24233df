// The checks of connection.tune-ok.
#include "protocols/amqp/tuning.hpp"

#include <fmt/format.h>

namespace weir::amqp {

namespace {

struct Choice {
    std::string_view name;
    std::uint32_t chosen;
    std::uint32_t min;
    std::uint32_t max;  // 0: any
    std::string_view meaning_of_zero;
};

AmqpError refuse(const Choice& choice, std::string_view how, std::string_view which, std::uint32_t bound) {
    return {ReplyCode::not_allowed,
            fmt::format("negotiated {} = {}{} is {} than the {} allowed value ({})", choice.name,
                        choice.chosen, choice.chosen == 0 ? choice.meaning_of_zero : "", how, which, bound),
            ConnectionTune::info.id};
}

std::optional<AmqpError> check(const Choice& choice) {
    if (choice.chosen != 0 && choice.chosen < choice.min)
        return refuse(choice, "lower", "minimum", choice.min);
    if (choice.max != 0 && (choice.chosen == 0 || choice.chosen > choice.max)) {
        return refuse(choice, "higher", "maximum", choice.max);
    }
    return std::nullopt;
}

}  // namespace

std::optional<AmqpError> check_tuning(const ConnectionTuneOk& chosen, const Settings& settings) {
    if (auto error = check({"frame_max", chosen.frame_max, min_frame_max, settings.frame_max, ""}))
        return error;
    return check({"channel_max", chosen.channel_max, 1, settings.channel_max, " (no limit)"});
}

}  // namespace weir::amqp
