// Edit distance in its "optimal string alignment" form, on strings as short as names are.
#include "base/nearest_name.hpp"

#include <algorithm>
#include <vector>

namespace weir {

std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before(to.size() + 1), last(to.size() + 1), row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t change = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
            const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[to.size()];
}

std::optional<std::string> nearest_name(std::string_view wrong, std::span<const std::string> names) {
    std::optional<std::string> nearest;
    std::size_t smallest = std::max<std::size_t>(2, wrong.size() / 3) + 1;
    for (const auto& name : names) {
        if (name.size() > wrong.size() + smallest) continue;
        const auto distance = edit_distance(wrong, name);
        if (distance >= smallest || distance >= name.size()) continue;
        smallest = distance;
        nearest = name;
    }
    return nearest;
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string> names) {
    const auto nearest = nearest_name(wrong, names);
    return nearest ? "; did you mean " + *nearest + "?" : std::string{};
}

}  // namespace weir
