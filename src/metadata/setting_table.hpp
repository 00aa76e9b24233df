// The two halves of the table of settings, for setting.cpp.
#pragma once

#include "metadata/setting.hpp"

namespace weir::metadata {

std::span<const Setting> topic_setting_table();   // in no order
std::span<const Setting> broker_setting_table();  // in no order

}  // namespace weir::metadata
